// Makes plans: what is known of events and fields (`Catalog`), what somebody wants to become of them (`Policy`), and
// whether that covers everything (`Coverage`). `Resolver` decides for each field, `PlanCompiler` turns decisions into the flat
// tables that ScrubCore runs.
//
// Reads YAML and JSON strictly, tells every mistake with its place and a mend (`Diagnostic`), and opens no archive. The
// languages of requests, holds and nightly configurations are read here too.
