//! The office's web application: letters become paper and paper becomes letters.
