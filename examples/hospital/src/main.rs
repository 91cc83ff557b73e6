//! Two organisations, three processes, one patient.
//!
//! ```console
//! $ cargo run -p hospital
//! ```
//!
//! starts the records of hospital A, the laboratory of organisation B, and a summary agent with a
//! helper, and tells what they do; it ends with success where every answer was as it should be.

mod commands;
mod dishonest;
mod laboratory;
mod patients;
mod people;
mod process;
mod records;
mod root;
mod story;
mod summary;
mod telling;

use std::process::ExitCode;

use crate::process::Failure;
use crate::telling::Telling;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    delegant::self_test()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => {
            let mut telling = Telling::new(std::io::stdout());
            story::play(&mut telling).await?;
            Ok(if telling.end()? {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        ["records", database, patient, on_duty] => {
            records::serve(database, patient.parse()?, on_duty.parse()?).await?;
            Ok(ExitCode::SUCCESS)
        }
        ["laboratory", database, physician] => {
            laboratory::serve(database, physician.parse()?).await?;
            Ok(ExitCode::SUCCESS)
        }
        ["summary"] => {
            summary::serve().await?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("it takes no arguments: it starts its other parts by itself".into()),
    }
}
