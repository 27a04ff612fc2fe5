use super::stop::Result;

/// Who takes what comes out of the outermost archive.
///
/// Names were judged before; links come last, when it is known that all of them stay inside.
pub(super) trait Sink {
    fn directory(&mut self, path: &str) -> Result<()>;
    fn open(&mut self, path: &str) -> Result<()>;
    fn write(&mut self, bytes: &[u8]) -> Result<()>;
    fn close(&mut self) -> Result<()>;
    fn symbolic_link(&mut self, path: &str, target: &str) -> Result<()>;
    fn hard_link(&mut self, path: &str, target: &str) -> Result<()>;
}

/// Looks and keeps nothing.
pub(super) struct Look;

impl Sink for Look {
    fn directory(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn open(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }

    fn symbolic_link(&mut self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn hard_link(&mut self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}
