package cosemutest

import (
	"errors"
	"sync"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/storage"
)

// Account makes an account for a test, and returns a view of it: an APPID with a key pair, a clock,
// a journal and buckets of its own. So tests that run in parallel on one server do not meet. Names
// of buckets lack the APPID; without any there is one, test. The view's Bucket is the first one.
//
// Reset, Requests, WaitFor and ExpectNoRequest of the view are about the account alone. The end of
// tb removes the account with all that is its.
func (s *Server) Account(tb testing.TB, buckets ...string) *Server {
	tb.Helper()
	view := s.For(tb)
	if len(buckets) == 0 {
		buckets = []string{"test"}
	}
	accounts := s.run.emulator.Accounts()
	a, err := accounts.Make(account.Request{Name: tb.Name(), Buckets: buckets})
	if err != nil {
		view.fail("Account: %v", err)
	}
	tb.Cleanup(func() {
		err := accounts.Remove(a.AppID)
		if err != nil && !errors.Is(err, account.ErrUnknown) && !errors.Is(err, storage.ErrClosed) {
			tb.Errorf("cosemutest: Account: %v", err)
		}
	})
	view = view.In(a.Buckets[0])
	key := a.Key()
	view.Credentials, view.Clock, view.account = credentials(&key), a.Clock(), a.AppID
	return view
}

// Shared returns an account for a test, as [Server.Account] does, on one server of the whole
// process. It starts with the first call and ends with the process.
func Shared(tb testing.TB, buckets ...string) *Server {
	tb.Helper()
	s, err := sharedServer()
	if err != nil {
		tb.Fatal(err)
	}
	return s.Account(tb, buckets...)
}

// sharedServer is the server of Shared.
//
//nolint:gochecknoglobals // one for the process is what it is for
var sharedServer = sync.OnceValues(func() (*Server, error) { return Start() })
