//! A receipt stands for what was answered, or is refused.

use delegant_agent::client::{CallError, ReceiptError, StatusCode};

use crate::faults::Forgery;
use crate::{SERVICE, did, read, usual};

#[tokio::test]
async fn of_a_request_is_verified() {
    let (_service, client) = usual().await;
    for (path, status) in [
        ("/files/1", StatusCode::OK),
        ("/nothing", StatusCode::NOT_FOUND),
    ] {
        let response = client.get(path).receipt().send().await.unwrap();
        assert_eq!(response.status(), status);
        let receipt = response.receipt().unwrap();
        assert_eq!(
            (receipt.executor(), receipt.ran()),
            (&did(SERVICE), response.task())
        );
    }
    let response = client.get("/files/1").send().await.unwrap();
    assert!(response.receipt().is_none());
}

#[tokio::test]
async fn that_is_forged_or_absent_is_an_error_that_says_the_call_may_have_run() {
    let (service, client) = usual().await;
    for forgery in [
        Forgery::Absent,
        Forgery::OtherTask,
        Forgery::OtherKey,
        Forgery::OtherBody,
        Forgery::OtherStatus,
        Forgery::Failure,
    ] {
        service.fail(|faults| faults.receipt = forgery);
        let error = client.get("/files/1").receipt().send().await.unwrap_err();
        assert!(error.may_have_run());
        let CallError::Receipt(cause) = error else {
            panic!("{error}");
        };
        let is_expected = match forgery {
            Forgery::None => false,
            Forgery::Absent => matches!(cause, ReceiptError::Absent),
            Forgery::OtherTask => matches!(cause, ReceiptError::OtherTask { .. }),
            Forgery::OtherKey => matches!(cause, ReceiptError::OtherExecutor { .. }),
            Forgery::OtherBody | Forgery::OtherStatus | Forgery::Failure => {
                matches!(cause, ReceiptError::OtherAnswer)
            }
        };
        assert!(is_expected, "{forgery:?}: {cause}");
    }
}

#[tokio::test]
async fn of_a_call_is_verified_as_well() {
    let (service, client) = usual().await;
    for forgery in [Forgery::Absent, Forgery::OtherTask, Forgery::OtherKey] {
        service.fail(|faults| faults.receipt = forgery);
        let error = client.call(&did(SERVICE), &read("p-17")).await.unwrap_err();
        assert!(
            matches!(error, CallError::Receipt(_)),
            "{forgery:?}: {error}"
        );
    }
}
