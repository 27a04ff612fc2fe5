//! What each turn cost, out of the agent's running total.

use crate::MicroUsd;

/// Turns totals that grow from turn to turn into what each turn added.
#[derive(Debug, Default)]
pub(super) struct Total {
    total: MicroUsd,
}

impl Total {
    /// What came on top of the last total; `None` where the total is missing, is no amount, or went down, so that
    /// nobody knows what the turn cost.
    pub(super) fn advance(&mut self, total: Option<&str>) -> Option<MicroUsd> {
        let total = MicroUsd::parse_json(total?)?;
        let added = total.0.checked_sub(self.total.0)?;
        self.total = total;
        Some(MicroUsd(added))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_reports_what_each_turn_added() {
        let mut total = Total::default();
        assert_eq!(total.advance(Some("0.0006000000000000001")), Some(MicroUsd(601)));
        assert_eq!(total.advance(Some("0.0012000000000000001")), Some(MicroUsd(600)));
        assert_eq!(total.advance(Some("0.0011")), None);
        assert_eq!(total.advance(None), None);
        assert_eq!(total.advance(Some("0.0012000000000000001")), Some(MicroUsd(0)));
    }
}
