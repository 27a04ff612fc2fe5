//! A cell for one program: bubblewrap, Landlock and seccomp, with a report that proves each line.
