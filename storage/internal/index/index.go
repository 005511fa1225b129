// Package index keeps rows, which are pairs of byte strings, in the order of their keys: on disk
// in Pebble, in memory in a B-tree. It knows nothing of what the rows mean.
//
// The interface is narrow on purpose: a shared deployment can put a database behind it.
package index

import (
	"errors"
	"regexp"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
)

// The errors that a caller can tell apart. What else comes out of this package is a failure of the
// file system or of Pebble.
var (
	// ErrUnknown says that it is not known whether a change took place.
	ErrUnknown = errors.New("storage: outcome of the change unknown")
	// ErrDamaged says that a file of the index is missing or damaged.
	ErrDamaged = errors.New("storage: the data folder is damaged")
	// ErrGone says that the data folder was removed or replaced while the index was open. What was
	// written since is not in it.
	ErrGone = errors.New("storage: the data folder was removed or replaced under the running server")
)

// Index is an ordered set of rows. All methods are safe for concurrent use.
type Index interface {
	// Get appends the value of key to dst and reports whether there is one.
	Get(dst, key []byte) (value []byte, found bool, err error)
	// Scan opens a cursor on the rows with lower ≤ key < upper as they are now. The cursor does not
	// see later changes.
	Scan(lower, upper []byte) (Cursor, error)
	// Apply makes all changes in their order, or none when it returns an error; only ErrUnknown
	// leaves open which. When it returns nil the changes are as durable as the index was asked to
	// be. The caller may reuse the byte strings afterwards.
	Apply(ops ...Op) error
	// Close releases the index. No call may be in progress.
	Close() error
}

// Cursor walks the rows of a scan. One goroutine uses it at a time.
type Cursor interface {
	// Seek moves to the first row with a key ≥ key and reports whether there is one. A new cursor
	// stands nowhere: call Seek first.
	Seek(key []byte) bool
	// Next moves to the next row and reports whether there is one.
	Next() bool
	// Key is the row's key, valid until the cursor moves.
	Key() []byte
	// Value is the row's value, valid until the cursor moves.
	Value() ([]byte, error)
	// Close ends the scan and returns the error that ended it early, if any.
	Close() error
}

// Kind tells what an Op does.
type Kind int

// The kinds of change.
const (
	Put         Kind = iota // set Key to Value
	Delete                  // remove Key, if it is there
	DeleteRange             // remove all rows with Key ≤ key < Value
)

// Op is one change.
type Op struct {
	Kind       Kind
	Key, Value []byte
}

// IsFull reports whether err says that the disk is full.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// IsCorrupt reports whether Pebble says that a file does not hold what was written.
func IsCorrupt(err error) bool { return pebble.IsCorruptionError(err) }

// OneLine is the text of an error of Pebble in one line, without the details that Pebble adds for
// its own developers.
func OneLine(err error) string {
	text := strings.ReplaceAll(err.Error(), "<corruption detail carrier>", "")
	text = regexp.MustCompile(`^pebble: (?:backing )?file (\d{6})(?: error)?: (?:pebble/table: )?`).
		ReplaceAllString(text, "index/$1.sst is damaged: ")
	return strings.Join(strings.Fields(text), " ")
}
