//! What every place to keep things in must do: one suite, run against all of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use place::Place;

mod place;
mod proofs;
mod redemptions;
mod revocations;

/// Every test of the contract, against one place.
macro_rules! contract {
    ($place:expr; $($room:ident: $($name:ident),+;)+) => { $( $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            if let Some(place) = $place {
                super::$room::$name(&place).await;
            }
        }
    )+ )+ };
}

macro_rules! whole_contract {
    ($place:expr) => {
        contract! { $place;
            redemptions:
                of_64_copies_one_is_the_first,
                issuers_and_invocations_are_told_apart,
                what_was_used_stays_used_for_all_who_open_the_place,
                what_is_over_is_forgotten_and_never_the_first_again,
                a_full_issuer_is_refused_and_nothing_live_is_forgotten_for_it,
                all_issuers_together_have_a_limit,
                whoever_no_longer_waits_leaves_it_used_at_most_once;
            revocations:
                counts_for_issuers_at_or_above_the_link_and_for_nobody_else,
                counts_whichever_way_the_signature_of_the_link_is_spelled,
                counts_for_a_delegation_that_nobody_has_seen,
                counts_on_behalf_of_who_delegated_it_even_when_that_has_expired,
                the_feed_is_in_order_without_gaps_and_says_nothing_twice,
                appended_at_once_by_many_the_feed_is_never_seen_with_a_gap,
                is_known_at_once_here_and_within_a_second_elsewhere,
                a_principal_is_refused_and_readmitted_everywhere_within_a_second,
                is_kept_until_a_day_after_the_delegation_expires_and_else_for_ever,
                who_waits_for_the_feed_is_told,
                how_far_others_were_followed_only_grows_and_is_kept;
            proofs:
                are_found_by_their_cids_by_all_who_open_the_place,
                are_kept_again_without_a_word;
        }
    };
}

mod memory {
    whole_contract!(super::Place::memory());
}

#[cfg(feature = "sqlite")]
mod sqlite {
    whole_contract!(super::Place::sqlite());
}

#[cfg(feature = "postgres")]
mod postgres {
    whole_contract!(super::Place::postgres());
}

#[cfg(feature = "redis")]
mod redis {
    whole_contract!(super::Place::redis());
}
