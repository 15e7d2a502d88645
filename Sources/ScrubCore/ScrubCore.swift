// Runs plans over bytes: a plan says what becomes of each field, a pass finds the fields in a block of Avro records or in
// lines of JSON, and writes what stays as it is and what takes the place of the rest.
//
// No files, no YAML, no Foundation, and in the record loop no allocation, dictionary or text. Bytes come from strangers, so
// nothing traps. Start at `AvroPass` and `JSONPass`, then `AvroScanner` and `JSONScanner`, which find, and `Converter`, which
// replaces; `Find`, `Sweep`, `Scan`, `Age` and `Inspect` look for people, residues, identifiers in texts, times and facts.
