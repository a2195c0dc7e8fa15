//! Pages that are printed and pages that are scanned back.
