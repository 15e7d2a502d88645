// Remembers, in the state folder: originals of tokens (`TokenVault`), files, runs, disclosures and requests (`Ledger`), who
// was erased (`SuppressionList`), what was done (`EvidenceLog`), and what is on its way (`Journal`).
//
// The only place that knows SQLite. It stores what it is given: it holds no key, and tells people apart by fingerprints that
// others made.
