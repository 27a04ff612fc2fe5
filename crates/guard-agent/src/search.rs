//! A search through a project that another program may change at the same time.

use std::fs::{self, ReadDir};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::AgentError;

/// Entries looked at before the project is refused as too large.
pub(crate) const MAX_ENTRIES: usize = 500_000;
/// Directories below the project's own.
pub(crate) const MAX_DEPTH: usize = 64;
/// Together about as long as it takes to remove a directory with tens of thousands of entries.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Searches once more where a directory was gone when its turn came: it may have been moved to where the search had been
/// already. A file that is gone has nothing to hide any more.
pub(crate) fn settled<T>(search: impl Fn() -> Result<T, AgentError>) -> Result<T, AgentError> {
    for _ in 1..TRIES {
        match search() {
            Err(AgentError::ProjectChanging) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    search()
}

/// What is in a directory. Only the project itself, at depth 0, has to be there.
pub(crate) fn list(directory: &Path, depth: usize) -> Result<ReadDir, AgentError> {
    if depth > MAX_DEPTH {
        return Err(AgentError::ProjectTooLarge);
    }
    fs::read_dir(directory)
        .map_err(|error| if depth == 0 { AgentError::project(error) } else { changing(error) })
}

/// The error of something that was just seen.
pub(crate) fn changing(error: io::Error) -> AgentError {
    if is_gone(&error) { AgentError::ProjectChanging } else { AgentError::project(error) }
}

/// What a file says of itself, unless it is gone.
pub(crate) fn still<T>(result: io::Result<T>) -> Result<Option<T>, AgentError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(AgentError::project(error)),
    }
}

/// Another kind of entry may have taken its place.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::guarded::Guarded;
    use crate::protect::Protected;

    #[test]
    fn a_search_that_was_disturbed_is_made_again_and_other_errors_are_told_at_once() {
        #[track_caller]
        fn check(results: &[Result<u8, AgentError>], want: Result<u8, AgentError>, want_searches: usize) {
            let searches = Cell::new(0);
            let got = settled(|| {
                let result = results.get(searches.get()).or(results.last()).unwrap();
                searches.set(searches.get() + 1);
                result.clone()
            });
            assert_eq!((got, searches.get()), (want, want_searches));
        }
        let unreadable = AgentError::Project(io::ErrorKind::PermissionDenied);
        check(&[Ok(1)], Ok(1), 1);
        check(&[Err(AgentError::ProjectChanging), Ok(1)], Ok(1), 2);
        check(&[Err(unreadable.clone()), Ok(1)], Err(unreadable), 1);
        check(&[Err(AgentError::ProjectChanging)], Err(AgentError::ProjectChanging), TRIES as usize);
    }

    #[test]
    fn only_what_was_seen_before_may_be_gone() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        let error = |depth| list(&gone, depth).map(drop).unwrap_err();
        assert_eq!(error(0), AgentError::Project(io::ErrorKind::NotFound));
        assert_eq!(error(1), AgentError::ProjectChanging);
        assert_eq!(Protected::of(&gone), Err(AgentError::Project(io::ErrorKind::NotFound)));
    }

    /// What is removed and renamed beside the searches neither stops them nor hides what stays.
    #[test]
    fn a_project_may_change_while_it_is_searched() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        for file in [".env", ".git/config", "z.txt"] {
            fs::write(root.join(file), "x").unwrap();
        }
        let change = || {
            let name = root.join("changing");
            fs::create_dir_all(name.join("a/b")).unwrap();
            for file in ["a/b/.env", "a/one", ".gitconfig"] {
                fs::write(name.join(file), "x").unwrap();
            }
            fs::hard_link(name.join("a/one"), name.join("a/two")).unwrap();
            fs::rename(name.join("a"), name.join("c")).unwrap();
            fs::remove_dir_all(&name).unwrap();
            // Directories are gone for most of the time.
            thread::sleep(Duration::from_millis(1));
        };
        thread::scope(|scope| {
            let changer = scope.spawn(|| (0..300).for_each(|_| change()));
            while !changer.is_finished() {
                let secrets = Protected::of(&root).unwrap().secrets;
                assert!(secrets.contains(&root.join(".env")), "{secrets:?}");
                Guarded::of(&root).unwrap().quarantine(&root, &dir.path().join("q")).unwrap();
            }
        });
    }
}
