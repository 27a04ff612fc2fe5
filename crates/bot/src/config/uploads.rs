//! What uploads may be, where the owner knows more kinds than the data file, or wants fewer.

use std::collections::BTreeMap;

use guard_core::Decision;
use guard_core::upload::{Kinds, NewKind};

use super::fault::Fault;
use super::policy_file::Item;
use super::reader::{Reader, Reported, plain};
use super::report::{Place, Source};
use super::settings as at;
use super::values::{self, Reason};

const FIELDS: [&str; 6] = ["id", "words", "extensions", "magic", "ask", "reason"];
const LISTS: [&str; 2] = ["extensions", "magic"];

impl Reader<'_> {
    /// The built-in kinds without those that the owner does not want and with the owner's own.
    pub(super) fn upload_kinds(&mut self) -> Result<Kinds, Reported> {
        let tables = self.tables(at::UPLOAD_KINDS, &FIELDS, &LISTS);
        let without = self.optional(&at::UPLOADS_WITHOUT)?.unwrap_or_default();
        let mut kinds = Kinds::default();
        for id in &without {
            let decision = kinds.iter().find(|kind| kind.id() == id).map(|kind| kind.decision());
            match decision {
                // Files of a kind that is not known are asked about, so what is refused has to stay known.
                Some(Decision::Deny) => self.refuse(Place::of("uploads.without"), Fault::GuardSwitchedOff),
                Some(Decision::Allow | Decision::Ask) => kinds = kinds.without(id),
                None => self.refuse(Place::of("uploads.without"), Fault::UploadKindUnknown),
            }
        }
        for (line, table) in tables {
            let added = new(line, &table)
                .and_then(|new| kinds.clone().with(new).map_err(|error| (line, Fault::UploadKind(error))));
            match added {
                Ok(more) => kinds = more,
                Err((line, fault)) => self.refuse(Place::line(Source::PolicyFile, line), fault),
            }
        }
        Ok(kinds)
    }
}

fn new(line: usize, table: &BTreeMap<String, Item>) -> Result<NewKind, (usize, Fault)> {
    let field = |name: &str| table.get(name).ok_or((line, Fault::UploadKindIncomplete));
    let text = |item: &Item| plain(&item.text).map(str::to_owned).map_err(|fault| (item.line, fault));
    let list = |item: &Item| text(item).map(|text| text.split(',').map(str::to_owned).collect::<Vec<_>>());
    let reason = field("reason")?;
    Reason::parse(&text(reason)?).map_err(|fault| (reason.line, fault))?;
    let ask = match table.get("ask") {
        Some(item) => values::flag(&text(item)?).map_err(|fault| (item.line, fault))?,
        None => false,
    };
    Ok(NewKind {
        id: text(field("id")?)?,
        words: text(field("words")?)?,
        extensions: list(field("extensions")?)?,
        magic: table.get("magic").map(list).transpose()?.unwrap_or_default(),
        ask,
    })
}
