//! SQLite opened safely: private files, migrations, one writer with group commit.
