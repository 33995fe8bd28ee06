//! From the headings of a file to its columns.

use crate::domain::fault::unknown_name;
use crate::domain::{Dataset, Fault, Field, FieldName, PointId};

use super::Failure;
use super::cell::Cell;
use super::rows::{Place, Rows};
use super::sample::Sample;
use super::time_columns;
use super::time_reader::TimeReader;
use super::typed::Typed;
use super::untyped::Untyped;

/// A column of a file, as its header has it.
pub(super) struct Heading {
    pub name: String,
    /// Whether the name was made up.
    pub unnamed: bool,
}

/// The column of a field that the file does not have.
const NO_COLUMN: usize = usize::MAX;

impl Rows {
    /// Decides from the first rows which columns have the time, and what becomes of the others.
    ///
    /// # Errors
    /// Everything that is wrong with the columns. `all_columns` tells that there will be no others,
    /// so that required fields must be among them.
    pub(super) fn begin(
        &mut self,
        sample: &Sample,
        headings: Vec<Heading>,
        all_columns: bool,
    ) -> Result<(), Failure> {
        let mut faults = Vec::new();
        match time_columns::find(&self.options, sample) {
            Ok(found) => {
                self.time_columns = found.columns;
                self.time = TimeReader::new(found.form, self.options.zone.clone());
                found.notes.into_iter().for_each(|note| self.note(note));
            }
            Err(found) => {
                faults.extend(found);
                faults.extend(self.options.check_names(&sample.names));
                return Err(Failure::invalid(faults));
            }
        }
        if let Some(schema) = &self.schema {
            for (position, field) in schema.iter().enumerate() {
                let place = Place {
                    column: NO_COLUMN,
                    field: position,
                    unnamed: false,
                };
                self.typed.push((
                    place,
                    Typed::new(field.clone(), self.options.notation).widening(),
                ));
            }
        }
        for (at, heading) in headings.into_iter().enumerate() {
            let mut ids = sample.values(at).peekable();
            let are_ids = ids.peek().is_some() && ids.all(|id| PointId::parse(id).is_some());
            faults.extend(self.add_heading(heading, are_ids).err());
        }
        if all_columns {
            faults.extend(self.unknown_names());
            faults.extend(self.required_but_absent());
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::invalid(faults))
        }
    }

    fn required_but_absent(&self) -> Vec<Fault> {
        let absent = |(place, typed): &&(Place, Typed)| {
            place.column == NO_COLUMN && typed.field().constraints.required
        };
        self.typed
            .iter()
            .filter(absent)
            .map(|(_, typed)| {
                let name = &typed.field().name;
                Fault::new(
                    format!("column \"{name}\""),
                    "is required, and the file does not have it",
                )
            })
            .collect()
    }

    /// Adds a column of the file; rows that are there already have no value in it. Gives its
    /// index. `are_ids` tells that its first values are ids of points.
    ///
    /// # Errors
    /// When the column cannot be a field: remedies are `rename` and `skip`.
    pub(super) fn add_heading(&mut self, heading: Heading, are_ids: bool) -> Result<usize, Fault> {
        let column = self.names.len();
        let Heading { name, unnamed } = heading;
        self.names.push(name.clone());
        let new_name = self.options.new_name(&name).to_owned();
        if self.time_columns.contains(&column) || self.options.skip.names(&name) {
            return Ok(column);
        }
        if new_name == "id" && are_ids {
            self.ids = Some(column);
            return Ok(column);
        }
        let at = format!("column \"{name}\"");
        let remedy = format!(
            "; `?rename={name}:number` gives it another name, `?skip={name}` leaves it out"
        );
        let field_name = match FieldName::new(&new_name) {
            Ok(field_name) => field_name,
            Err(reason) => return Err(Fault::new(at, reason + &remedy)),
        };
        let taken = |field: &FieldName| *field == field_name;
        let is_twice = self.untyped.iter().any(|(_, name, _)| taken(name))
            || self
                .typed
                .iter()
                .any(|(place, typed)| place.column != NO_COLUMN && taken(&typed.field().name));
        if is_twice {
            let remedy = "names must differ; `?header=false` reads the columns without their names";
            return Err(Fault::new(
                at,
                format!("two columns are called `{field_name}`: {remedy}"),
            ));
        }
        if let Some(schema) = &self.schema {
            let known = schema.iter().map(|field| field.name.as_str());
            let place = self
                .typed
                .iter_mut()
                .find(|(_, typed)| taken(&typed.field().name));
            let Some((place, _)) = place else {
                let unknown = unknown_name("field", &new_name, known);
                return Err(Fault::new(
                    at,
                    format!(
                        "{unknown}; `?skip={name}` leaves it out, `?rename={name}:` gives it another name"
                    ),
                ));
            };
            place.column = column;
            return Ok(column);
        }
        let field = self.typed.len() + self.untyped.len();
        if field >= Dataset::MAX_FIELDS {
            let detail = format!(
                "a dataset has at most {} fields; `?skip=` leaves columns out",
                Dataset::MAX_FIELDS
            );
            return Err(Fault::new(at, detail));
        }
        let place = Place {
            column,
            field,
            unnamed,
        };
        match self.options.wanted_type(&name) {
            Some(kind) => {
                let mut typed = Typed::new(Field::new(field_name, kind), self.options.notation);
                for _ in 0..self.times.len() {
                    // A field without constraints takes a missing value.
                    let _ = typed.push(Cell::Missing);
                }
                self.typed.push((place, typed));
            }
            None => {
                let untyped = Untyped::new(self.options.notation, self.times.len());
                self.untyped.push((place, field_name, untyped));
            }
        }
        Ok(column)
    }
}
