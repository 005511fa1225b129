// Package storage keeps buckets and objects, in memory or in a data folder.
//
// # Layout
//
// A body is a file named by UUID in an afero file system, two folders deep
// (internal/blob). Keys of objects never become file names: they reach 850 bytes,
// hold "//" and "..", and "a" lives beside "a/b". Everything else is rows of one
// ordered index (internal/index): Pebble on disk, a B-tree in memory. internal/keys
// lists the kinds of rows, internal/record how their values are written. On disk a
// body of at most [Options].Inline bytes is a row, too: making a file of 1 KiB takes
// about ten times as long as writing a row.
//
// # Commit
//
// A body is staged in a new file. One batch of changes to the index then names it:
// that is the commit. Nothing is renamed. The file of the replaced body is removed
// after its last reader. So a reader sees one whole version, an error at any step
// leaves the old version, and a crash leaves at most files that no row names. These
// are removed after the next start, beside other work.
//
// An acknowledged change survives the end of the process, kill -9 included, and
// with [Options].Fsync a loss of power. Without Fsync, after a loss of power, the
// data folder opens with what had reached the disk.
//
// # Damage
//
// A body in a data folder ends in a label, which tells what it was stored as when
// the index is lost. Closing a folder seals it: the next start compares the files of
// the index with the seal (internal/folder). It reads the logs of the index before
// Pebble does, because Pebble takes damage for the end of a log (internal/indexlog).
// A log that was cut off between two records is recognized by the number of the
// last acknowledged change, which is stored beside it. A damaged index is refused
// with a *DamageError, and nothing is removed. [CheckDisk] tells what is left, and
// [RescueDisk] saves it.
//
// A start that finds acknowledged changes missing serves the rest and warns. While
// objects are read, bodies are compared with their CRC-64.
//
// # Uploads in parts
//
// A body is a list of segments. A part of an unfinished [Upload] is staged and
// committed as an object is. Completing the upload moves the segments of its parts
// into the row of the object, in one batch that also ends the upload, and copies
// nothing. The same batch drops the parts that are not used.
//
// # Versions
//
// In a bucket with versioning a replaced or deleted object keeps its row, which
// moves to a space of its own in the batch that adds the new version or the delete
// marker. So a listing of objects never meets old versions. When the newest version
// is removed for good, the next one moves back. A delete marker is never the current
// row: a bucket full of delete markers lists as an empty one.
//
// # Appending
//
// Appended bytes become one more segment of the object. Many small segments at its
// end are joined, beside other work.
package storage
