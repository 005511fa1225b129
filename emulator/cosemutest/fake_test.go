package cosemutest_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeTB is a testing.TB that records its calls.
type fakeTB struct {
	testing.TB
	helpers map[string]bool // names of functions
	failure string          // the message of Fatal
	at      string          // the file that the failure is reported in
	errors  []string
	clean   []func()
	log     bytes.Buffer
}

func (f *fakeTB) Helper() {
	pc, _, _, _ := runtime.Caller(1)
	f.helpers[runtime.FuncForPC(pc).Name()] = true
}

func (f *fakeTB) Fatal(args ...any) {
	f.failure = fmt.Sprint(args...)
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if !f.helpers[frame.Function] {
			f.at = filepath.Base(frame.File)
			break
		}
		if !more {
			break
		}
	}
	runtime.Goexit()
}

func (f *fakeTB) Error(args ...any) { f.errors = append(f.errors, fmt.Sprint(args...)) }
func (f *fakeTB) Cleanup(c func())  { f.clean = append(f.clean, c) }
func (f *fakeTB) Output() io.Writer { return &f.log }

// attempt runs a test function and its cleanups.
func attempt(test func(tb testing.TB)) *fakeTB {
	f := &fakeTB{helpers: map[string]bool{}}
	f.run(func() { test(f) })
	for len(f.clean) > 0 {
		last := f.clean[len(f.clean)-1]
		f.clean = f.clean[:len(f.clean)-1]
		f.run(last)
	}
	return f
}

func (f *fakeTB) run(part func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		part()
	}()
	<-done
}

// requireFailure checks message and place of a failure. The message must contain the texts in this
// order.
func requireFailure(t *testing.T, f *fakeTB, texts ...string) {
	t.Helper()
	require.NotEmpty(t, f.failure, "the test did not fail")
	require.True(t, strings.HasPrefix(f.failure, "cosemutest: "), f.failure)
	rest := f.failure
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		require.True(t, ok, "%q not found, or not in its place, in:\n%s", text, f.failure)
		rest = after
	}
	require.True(t, strings.HasSuffix(f.at, "_test.go"), "reported at a line of %s", f.at)
}
