package index

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// pebbleLogger logs what an operator should see. It drops messages about flushes and
// compactions.
type pebbleLogger struct {
	log     *slog.Logger
	fatal   atomic.Pointer[error] // why it cannot go on
	corrupt atomic.Pointer[error] // a file that does not hold what was written
	open    atomic.Bool
	warned  sync.Map // texts that were logged; a background job fails again and again
}

// fatalError says why an index cannot go on.
type fatalError struct {
	text  string
	cause error // nil if Pebble gave none
}

// Unwrap implements errors.
func (e *fatalError) Unwrap() error { return e.cause }

func (e *fatalError) Error() string {
	return "storage: the index cannot go on, restart to use what was acknowledged: " + e.text
}

// Infof implements pebble.Logger.
func (*pebbleLogger) Infof(string, ...any) {}

// Errorf implements pebble.Logger.
func (l *pebbleLogger) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !l.open.Load() || l.corrupt.Load() != nil {
		return // it is told otherwise: by the error of the start, or by the warning of the damage
	}
	if _, twice := l.warned.LoadOrStore(format, true); !twice {
		l.log.Warn("storage: index: " + text)
	}
}

// opened begins the logging of what goes wrong in the background. Before that the error that ends
// the start tells it.
func (l *pebbleLogger) opened() {
	l.open.Store(true)
	if e := l.corrupt.Load(); e != nil {
		l.log.Warn((*e).Error())
	}
}

// corrupted is told of a table whose checksum is wrong.
func (l *pebbleLogger) corrupted(info pebble.DataCorruptionInfo) {
	err := fmt.Errorf("%w: index/%s does not hold what was written; stop the server and run cosemu check",
		ErrDamaged, filepath.Base(info.Path))
	if l.corrupt.CompareAndSwap(nil, &err) && l.open.Load() {
		l.log.Warn(err.Error(), "cause", OneLine(info.Details))
	}
}

// Fatalf implements pebble.Logger. Pebble calls it when it cannot go on
// without breaking its promise, for example when its log cannot be written,
// and it must not return. From then on the index refuses all calls.
func (l *pebbleLogger) Fatalf(format string, args ...any) {
	e := &fatalError{text: fmt.Sprintf(format, args...)}
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			e.cause = err
		}
	}
	_ = l.fail(e)
	panic(e)
}

// fail ends all work of the index. It returns why that ended first.
func (l *pebbleLogger) fail(err error) error {
	if l.fatal.CompareAndSwap(nil, &err) {
		l.log.Error(err.Error())
	}
	return *l.fatal.Load()
}

func (l *pebbleLogger) broken() error {
	if e := l.fatal.Load(); e != nil {
		return *e
	}
	return nil
}

// recovered turns the panic of Fatalf into an error.
func (l *pebbleLogger) recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case *fatalError:
		*err = fmt.Errorf("%w: %w", ErrUnknown, r)
	default:
		panic(r)
	}
}
