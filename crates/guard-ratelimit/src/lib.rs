//! Request limits and cost budgets: exact, bounded, and durable where asked.
