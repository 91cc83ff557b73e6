//! Two tenants behind one verifier, and every chain that can be made of their keys and a few others'.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use delegant::{Delegation, Invocation, Nonce, Signer, Subject, Verified};
use delegant_store::Verifier;
use delegant_testing::tokens::{NOW, at, container, key};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The tenants are 1 and 2; the others work for one, for both, or for nobody.
const TENANTS: [u8; 2] = [1, 2];
const PRINCIPALS: u8 = 5;

/// A delegation, by the numbers of its principals; no subject for a powerline.
#[derive(Debug, Clone)]
struct Link {
    issuer: u8,
    audience: u8,
    subject: Option<u8>,
}

#[derive(Debug, Clone)]
struct Case {
    links: Vec<Link>,
    invoker: u8,
    subject: u8,
    /// Which of the proofs are in the container.
    sent: u8,
}

fn link() -> impl Strategy<Value = Link> {
    let subject = prop_oneof![
        2 => Just(Some(1)),
        2 => Just(Some(2)),
        1 => Just(None),
    ];
    (1..=PRINCIPALS, 1..=PRINCIPALS, subject).prop_map(|(issuer, audience, subject)| Link {
        issuer,
        audience,
        subject,
    })
}

fn case() -> impl Strategy<Value = Case> {
    let parts = (
        prop::collection::vec(link(), 0..5),
        1..=PRINCIPALS,
        prop::sample::select(TENANTS.to_vec()),
        prop_oneof![Just(u8::MAX), Just(0), any::<u8>()],
        any::<[bool; 3]>(),
    );
    parts.prop_map(
        |(mut links, mut invoker, subject, sent, [begins, follows, ends])| {
            // Most that is random is out of line at once; so some of it is put in line.
            if begins && let Some(first) = links.first_mut() {
                (first.issuer, first.subject) = (subject, Some(subject));
            }
            for place in 1..links.len() {
                if follows {
                    links[place].issuer = links[place - 1].audience;
                }
            }
            if ends {
                invoker = links.last().map_or(subject, |last| last.audience);
            }
            Case {
                links,
                invoker,
                subject,
                sent,
            }
        },
    )
}

impl Case {
    fn proofs(&self) -> Vec<Verified<Delegation>> {
        let made = |(place, link): (u8, &Link)| {
            let (audience, command) = (key(link.audience).did(), "/read".parse().unwrap());
            let subject = link
                .subject
                .map_or(Subject::Any, |one| key(one).did().into());
            Delegation::builder(audience, subject, command)
                .expiration(at(NOW + 1000))
                .sign(&key(link.issuer), Nonce::from_bytes(&[place; 12]).unwrap())
                .unwrap()
        };
        (0..).zip(&self.links).map(made).collect()
    }

    /// Is there an unbroken line from this tenant, about this tenant, to the invoker? Said without the
    /// verifier's words.
    fn is_led_by(&self, tenant: u8) -> bool {
        let mut holder = tenant;
        for (place, link) in self.links.iter().enumerate() {
            let is_about = link.subject == Some(tenant) || (place > 0 && link.subject.is_none());
            if link.issuer != holder || !is_about {
                return false;
            }
            holder = link.audience;
        }
        holder == self.invoker
    }
}

#[test]
fn no_chain_of_one_tenant_opens_what_is_of_the_other() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tenants = TENANTS.map(|tenant| key(tenant).did());
    let served = tenants.clone();
    // One for all cases: what it remembers of one tenant must not help at the other.
    let verifier = Verifier::new(key(50).did())
        .serves(move |subject| served.contains(subject))
        .decide_at(|| at(NOW));
    let (mut opened, mut number) = ([0_u32; 2], 0_u64);
    let mut runner = TestRunner::new(Config {
        cases: 4000,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = std::cell::RefCell::new((&mut opened, &mut number));
    let outcome = runner.run(&case(), |case| {
        let (opened, number) = &mut *cases.borrow_mut();
        **number += 1;
        let proofs = case.proofs();
        let invocation = Invocation::builder(key(case.subject).did(), "/read".parse().unwrap())
            .audience(key(50).did())
            .proofs(proofs.iter().map(Verified::cid))
            .expiration(at(NOW + 60))
            .sign(
                &key(case.invoker),
                Nonce::from_bytes(&number.to_be_bytes()).unwrap(),
            )
            .unwrap();
        let sent: Vec<_> = (0..)
            .zip(&proofs)
            .filter(|(place, _)| case.sent >> place & 1 == 1)
            .map(|(_, proof)| proof.clone())
            .collect();
        let checked = runtime.block_on(verifier.check(&container(&sent, &invocation)));
        let is_led = case.is_led_by(case.subject);
        match checked {
            Ok(leave) => {
                prop_assert!(is_led, "{case:?}");
                prop_assert_eq!(leave.subject(), &key(case.subject).did());
                opened[usize::from(case.subject) - 1] += 1;
            }
            // What has no line is refused; what has one was perhaps not sent and not known.
            Err(refusal) => prop_assert!(
                !is_led || refusal.code() == "UnavailableProof" && sent.len() < proofs.len(),
                "{case:?} {refusal}"
            ),
        }
        Ok(())
    });
    outcome.unwrap();
    // A law over cases in which nothing is ever opened would say nothing.
    assert!(opened.iter().all(|count| *count > 100), "{opened:?}");
}
