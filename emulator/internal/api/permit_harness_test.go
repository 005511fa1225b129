package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const ownSubUIN = "100000000011"

// statement is one of a policy, with a condition if there is one to be.
func statement(effect, action, resource string, condition ...string) string {
	s := fmt.Sprintf(`{"effect":%q,"action":[%q],"resource":[%q]`, effect, action, resource)
	if len(condition) > 0 {
		s += `,"condition":` + condition[0]
	}
	return s + "}"
}

// forWhom adds the principal that the statement of a bucket's policy needs.
func forWhom(principal, statement string) string {
	return fmt.Sprintf(`{"principal":{"qcs":[%q]},`, principal) + statement[1:]
}

func document(statements ...string) string {
	return `{"version":"2.0","statement":[` + strings.Join(statements, ",") + `]}`
}

// within is the resource of what begins with a path.
func within(path string) string {
	return "qcs::cos:" + testRegion + ":uid/" + testAppID + ":" + testBucket + "/" + path
}

func parsed(t testing.TB, where policy.Where, statements ...string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(document(statements...)), where)
	require.NoError(t, err)
	return p
}

// cutKey is a temporary key of the owner that was cut down to a policy.
func cutKey(t testing.TB, statements ...string) keyring.Key {
	t.Helper()
	k := ownerWithUIN()
	k.SecretID, k.Token, k.Expires = "AKIDcut", "a-token-of-a-temporary-key", testTime().Add(time.Hour)
	k.Session = parsed(t, policy.Session, statements...)
	return k
}

// subKey is a key of the owner's sub-account, with rights of its own.
func subKey(t testing.TB, statements ...string) keyring.Key {
	t.Helper()
	k := ownerWithUIN()
	k.SecretID, k.UIN = "AKIDsub", ownSubUIN
	if len(statements) > 0 {
		k.Rights = parsed(t, policy.Identity, statements...)
	}
	return k
}

// with makes keys known, in the place of those of the same id.
func (s *server) with(keys ...keyring.Key) {
	s.tb.Helper()
	for _, k := range keys {
		require.NoError(s.tb, s.e.Keys().Add(k))
	}
}

// bucketPolicy sets the bucket's policy, or removes it.
func (s *server) bucketPolicy(statements ...string) {
	s.tb.Helper()
	if len(statements) == 0 {
		require.Equal(s.tb, 204, s.do("DELETE", "/?policy", nil).status)
		return
	}
	a := s.do("PUT", "/?policy", []byte(document(statements...)))
	require.Equal(s.tb, 204, a.status, string(a.body))
}

// finding is what the latest request's denial was put down to.
func (s *server) finding() diagnose.Finding {
	s.tb.Helper()
	entries := s.e.Journal().Select(journal.Filter{Limit: 1})
	require.NotEmpty(s.tb, entries)
	report := entries[0].Finding
	require.NotNil(s.tb, report, "the latest request has a finding")
	at := slices.IndexFunc(report.Findings, func(f diagnose.Finding) bool { return f.ID == diagnose.PolicyDenied })
	require.GreaterOrEqual(s.tb, at, 0)
	return report.Findings[at]
}

// requireDenied checks that rights refused a request, and that the answer says
// so.
func (s *server) requireDenied(a *answer, what ...any) {
	s.tb.Helper()
	require.Equal(s.tb, 403, a.status, what...)
	require.Contains(s.tb, strings.Split(a.header.Get("X-Cosemu-Diagnosis"), ","), "policy-denied", what...)
	s.kept(a)
}

// kept waits until the journal has a request that was answered: a refused
// upload's answer leaves before the rest of its body is read.
func (s *server) kept(a *answer) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(s.tb.Context(), 30*time.Second)
	defer cancel()
	for {
		changed := s.e.Journal().View(journal.Filter{Limit: 1}).Changed
		if _, found := s.e.Journal().Get(a.header.Get("X-Cos-Request-Id")); found {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			require.Fail(s.tb, "the request is not in the journal")
		}
	}
}
