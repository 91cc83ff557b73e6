//! Two patients who do not exist, in the shape of FHIR resources.

use serde_json::{Value, json};

/// Patient, day, kind, what happened.
const ENCOUNTERS: [(&str, i64, &str, &str); 4] = [
    ("p-17", 20260211, "internal", "Annual check of diabetes"),
    ("p-17", 20260603, "internal", "Blood pressure too high"),
    ("p-17", 20260320, "psychiatry", "Consultation"),
    ("p-18", 20260509, "internal", "Pneumonia"),
];

/// Patient, day, LOINC code, name, value, unit.
const OBSERVATIONS: [(&str, i64, &str, &str, f64, &str); 4] = [
    ("p-17", 20260211, "4548-4", "HbA1c", 7.9, "%"),
    ("p-17", 20260603, "4548-4", "HbA1c", 7.1, "%"),
    ("p-17", 20260603, "2345-7", "Glucose", 132.0, "mg/dL"),
    (
        "p-18",
        20260509,
        "1988-5",
        "C-reactive protein",
        96.0,
        "mg/L",
    ),
];

/// The day as FHIR writes it.
fn date(day: i64) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        day / 10_000,
        day / 100 % 100,
        day % 100
    )
}

fn bundle(resources: Vec<Value>) -> Value {
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| json!({ "resource": resource }))
        .collect();
    json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries })
}

/// Encounters of a patient; of one kind, or of all.
pub(crate) fn encounters(patient: &str, kind: Option<&str>, days: (i64, i64)) -> Value {
    let found = ENCOUNTERS.iter().filter(|(of, day, is, _)| {
        *of == patient && kind.is_none_or(|kind| kind == *is) && (days.0..=days.1).contains(day)
    });
    let encounters = found.map(|(of, day, kind, what)| {
        json!({
            "resourceType": "Encounter",
            "status": "finished",
            "serviceType": { "text": kind },
            "subject": { "reference": format!("Patient/{of}") },
            "period": { "start": date(*day) },
            "reasonCode": [{ "text": what }],
        })
    });
    bundle(encounters.collect())
}

/// Observations of a patient; with one code, or all.
pub(crate) fn observations(patient: &str, code: Option<&str>, days: (i64, i64)) -> Value {
    let found = OBSERVATIONS.iter().filter(|(of, day, is, ..)| {
        *of == patient && code.is_none_or(|code| code == *is) && (days.0..=days.1).contains(day)
    });
    let observations = found.map(|(of, day, code, name, value, unit)| {
        json!({
            "resourceType": "Observation",
            "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": code, "display": name }] },
            "subject": { "reference": format!("Patient/{of}") },
            "effectiveDateTime": date(*day),
            "valueQuantity": { "value": value, "unit": unit },
        })
    });
    bundle(observations.collect())
}
