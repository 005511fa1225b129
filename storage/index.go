package storage

// Index is the ordered key-value store that holds everything but bodies. It
// is narrow on purpose: whatever gives these four can stand behind a Store.
// All methods are safe for concurrent use.
type Index interface {
	// Get appends the value of key to dst and reports whether there is one.
	Get(dst, key []byte) (value []byte, found bool, err error)
	// Scan opens a cursor on the rows with lower ≤ key < upper as they are
	// now; what is applied later does not show.
	Scan(lower, upper []byte) (Cursor, error)
	// Apply makes all the changes, in their order, or, when it returns an error, none; an error
	// that is ErrUnknown leaves open which. When it returns nil the changes
	// are as durable as the index was asked to be. The byte strings are the
	// caller's again afterwards.
	Apply(ops ...Op) error
	// Close releases the index. No call may be in progress.
	Close() error
}

// Cursor walks the rows of a scan. It is used by one goroutine at a time.
type Cursor interface {
	// Seek moves to the first row with a key ≥ key and reports whether there
	// is one. A cursor starts nowhere: seek first.
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

// OpKind tells what an Op does.
type OpKind int

// The kinds of change.
const (
	OpPut         OpKind = iota // set Key to Value
	OpDelete                    // remove Key, if it is there
	OpDeleteRange               // remove all rows with Key ≤ key < Value
)

// Op is one change to the index.
type Op struct {
	Kind       OpKind
	Key, Value []byte
}
