//! Brings the schema of every component to the version that this program knows.

use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;

/// "guar" in ASCII: marks the file as ours, so that a database of another program is never touched.
const APPLICATION_ID: i32 = 0x6775_6172;

/// One step of one component's schema.
///
/// Components (crates, say) share a file without knowing of each other: each counts its own versions. Tables must be
/// `STRICT`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    component: &'static str,
    version: u32,
    sql: &'static str,
}

impl Migration {
    /// The step that brings `component` from `version - 1` to `version`; the first version is 1.
    #[must_use]
    pub const fn new(component: &'static str, version: u32, sql: &'static str) -> Self {
        Self { component, version, sql }
    }
}

/// Refuses a database that another program made; needs a transaction, because it looks twice.
pub(crate) fn recognise(conn: &Connection) -> Result<(), StoreError> {
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id == APPLICATION_ID || (id == 0 && objects == 0) { Ok(()) } else { Err(StoreError::Foreign) }
}

/// Applies what is missing, all or nothing.
pub(crate) fn migrate(conn: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    recognise(&tx)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS guard_schema (component TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) \
         STRICT, WITHOUT ROWID;",
    )?;
    let mut components: Vec<&str> = migrations.iter().map(|step| step.component).collect();
    components.sort_unstable();
    components.dedup();
    for component in components {
        bring_up(&tx, component, migrations.iter().filter(|step| step.component == component))?;
    }
    let lax: i64 = tx.query_row(
        "SELECT count(*) FROM pragma_table_list \
         WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        [],
        |row| row.get(0),
    )?;
    if lax != 0 {
        return Err(StoreError::BadMigrations);
    }
    Ok(tx.commit()?)
}

fn bring_up<'a>(
    tx: &Connection,
    component: &str,
    steps: impl Iterator<Item = &'a Migration>,
) -> Result<(), StoreError> {
    let found: u32 = tx
        .query_row("SELECT version FROM guard_schema WHERE component = ?1", [component], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let mut known = 0;
    for step in steps {
        if Some(step.version) != u32::checked_add(known, 1) {
            return Err(StoreError::BadMigrations);
        }
        known = step.version;
        if step.version > found {
            tx.execute_batch(step.sql).map_err(|error| {
                let error = StoreError::from(error);
                if matches!(error, StoreError::Sql(_) | StoreError::Constraint) {
                    StoreError::BadMigrations
                } else {
                    error
                }
            })?;
        }
    }
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    tx.execute(
        "INSERT INTO guard_schema (component, version) VALUES (?1, ?2) \
         ON CONFLICT (component) DO UPDATE SET version = excluded.version",
        params![component, known],
    )?;
    Ok(())
}
