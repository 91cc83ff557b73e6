//! Who takes part?

use std::rc::Rc;

use crate::rival::{Failure, Rival};
use crate::rivals::biscuit::{Biscuit, Usage};
use crate::rivals::delegant::{COMPRESSED, Delegant, Memory, PLAIN};
use crate::rivals::introspection::{Introspection, Office};
use crate::rivals::jwt::Jwt;
use crate::rivals::tenuo::Tenuo;

/// What the stories share.
pub(crate) struct Field {
    memory: Rc<Memory>,
    office: Rc<Office>,
}

impl Field {
    /// Empty memories, and an authorization server that listens.
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {
            memory: Rc::new(Memory::new()),
            office: Rc::new(Office::open()?),
        })
    }
}

/// Makes a contestant's story of this many hops, in this copy.
type Make = fn(&Field, usize, usize) -> Result<Box<dyn Rival>, Failure>;

/// Who takes part.
pub(crate) struct Entrant {
    /// In the figures' identifiers.
    pub(crate) id: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// Makes one story.
    pub(crate) make: Make,
}

/// All who take part.
pub(crate) const ENTRANTS: [Entrant; 12] = [
    Entrant {
        id: "delegant-cold",
        title: "Delegant, nothing known",
        make: |_, hops, copy| Ok(Box::new(Delegant::new(hops, copy, COMPRESSED, None)?)),
    },
    Entrant {
        id: "delegant-warm",
        title: "Delegant, proofs known",
        make: |field, hops, copy| {
            let memory = Some(Rc::clone(&field.memory));
            Ok(Box::new(Delegant::new(hops, copy, COMPRESSED, memory)?))
        },
    },
    Entrant {
        id: "delegant-plain-cold",
        title: "Delegant uncompressed, nothing known",
        make: |_, hops, copy| Ok(Box::new(Delegant::new(hops, copy, PLAIN, None)?)),
    },
    Entrant {
        id: "delegant-plain-warm",
        title: "Delegant uncompressed, proofs known",
        make: |field, hops, copy| {
            let memory = Some(Rc::clone(&field.memory));
            Ok(Box::new(Delegant::new(hops, copy, PLAIN, memory)?))
        },
    },
    Entrant {
        id: "tenuo",
        title: "Tenuo",
        make: |_, hops, copy| Ok(Box::new(Tenuo::new(hops, copy, false)?)),
    },
    Entrant {
        id: "tenuo-kept",
        title: "Tenuo, kept",
        make: |_, hops, copy| Ok(Box::new(Tenuo::new(hops, copy, true)?)),
    },
    Entrant {
        id: "biscuit-narrowed",
        title: "Biscuit, narrowed to the call",
        make: |_, hops, copy| Ok(Box::new(Biscuit::new(hops, copy, Usage::Narrowed)?)),
    },
    Entrant {
        id: "biscuit",
        title: "Biscuit, bearer",
        make: |_, hops, copy| Ok(Box::new(Biscuit::new(hops, copy, Usage::Bearer)?)),
    },
    Entrant {
        id: "biscuit-kept",
        title: "Biscuit, bearer, kept",
        make: |_, hops, copy| Ok(Box::new(Biscuit::new(hops, copy, Usage::Kept)?)),
    },
    Entrant {
        id: "jwt-act",
        title: "JWT, actors named",
        make: |_, hops, copy| Ok(Box::new(Jwt::new(hops, copy, true)?)),
    },
    Entrant {
        id: "jwt",
        title: "JWT, alone",
        make: |_, hops, copy| Ok(Box::new(Jwt::new(hops, copy, false)?)),
    },
    Entrant {
        id: "introspection",
        title: "Introspection, loopback",
        make: |field, hops, copy| {
            let office = Rc::clone(&field.office);
            Ok(Box::new(Introspection::new(hops, copy, office)?))
        },
    },
];
