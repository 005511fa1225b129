// Package storage keeps buckets and objects, in memory or in a data folder.
//
// # Layout
//
// A body is a blob: a file named by UUID in an [afero.Fs], two levels of
// folders down. Keys never become file names: they reach 850 bytes, hold "//"
// and "..", and "a" lives beside "a/b". Everything else is rows of one ordered
// [Index], which is Pebble on disk and a B-tree in memory; see keys.go for the
// spaces of rows. On disk a body of at most 4 KiB is a row, too: making a file of
// 1 KiB costs about ten times as much as writing a row of it.
//
// # Commit
//
// A body is staged in a new blob and named by the index in one batch; that is
// the commit, and nothing is ever renamed. The blob that it replaced goes when
// its last reader is done. So readers see one whole version, an error at any
// step leaves the old one whole, and a crash leaves at most blobs that nothing
// names; these are swept, beside the work, after the next start.
//
// What was acknowledged survives the end of the process, kill -9 included, and
// with [Options].Fsync a loss of power. Without it, after a loss of power, the
// data folder opens again with what had reached the disk.
//
// # Damage
//
// A body in a data folder ends in a label that says what it was stored as, so that
// it can be told apart when the index is lost. A folder that was closed in order is
// sealed: the files of its index are held against the seal at the next start. The
// logs of an index are read before Pebble reads them, which takes damage for their
// end; what a killed process leaves is no damage (internal/indexlog). A log that was
// cut off between two records is told by the number of the last acknowledged change,
// which stands beside it (acked.go). A damaged index
// is refused with a *DamageError, and nothing is swept or removed; CheckDisk tells
// what is left and RescueDisk saves it. A whole body is held against its CRC-64 as
// it is read.
//
// # Uploads in parts
//
// A body is a list of segments. A part of an unfinished [Upload] is staged and
// committed as an object is; completing the upload moves the segments of its
// parts into the row of the object, in one batch that also ends the upload, and
// copies nothing. What was in parts that were replaced, or left out at the
// end, goes with the batch that no longer names it.
//
// # Versions
//
// In a bucket with versioning the row of the object moves, as it is, to a space
// of its own when it is replaced or deleted, in the batch that puts another or a
// delete marker in its place; so a listing never meets it. When the newest
// version is removed for good, the next one moves back. A delete marker is never
// the current row: a bucket full of them lists as an empty one.
//
// # Appending
//
// What is appended to an object becomes one more segment of it. When there are
// many small ones at its end they are joined, beside the work.
package storage
