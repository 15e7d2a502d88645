// Joins the others into what people ask for, one folder for each: `Scrub`, `Inspect`, `Verify`, `Access`, `Erase`, `Nightly`,
// and what these share, such as `Keys`, `Person`, `Request`, `Report` and `Receipt`.
//
// An operation takes options, runs workers, and gives back a value that is a document: commands print it, pages show it.
// Start at `ScrubRun` and `Worker`; `ExportRun` and `EraseRun` find people by `PersonFinder`; `NightlyRun` decides in which
// order the others run.
