package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestStarInAPrefix: it stands for itself, and a finding says so where it is what
// keeps a condition from being met (choice 437); the plain prefix admits images.
//
// holds: call PostObject; code AccessDenied
func TestStarInAPrefix(t *testing.T) {
	s := start(t, api.Config{})
	send := func(condition, kind string) *answer {
		f := policyForm(testTime(), ","+condition)
		f.set("key", "up/a")
		f.set("Content-Type", kind)
		return s.send(f.message(t))
	}
	const starred = `["starts-with","$Content-Type","image/*"]`
	got := send(starred, "image/png")
	s.requireRefused(got, "star", 403, "AccessDenied", "Condition key Content-Type doesn&apos;t match the value image/*")
	require.Equal(t, "form-policy", got.header.Get("X-Cosemu-Diagnosis"))
	f := s.foundFirst()
	require.Contains(t, f.Sentence.En, `a star has no special meaning: "image/png" does not`)
	require.Contains(t, f.Advice.En, `["starts-with","$Content-Type","image/"]`)
	require.Contains(t, f.Sentence.Zh, "image/*")
	s.requireNothing(testBucket, "up/a")

	got = send(starred, "text/plain")
	s.requireRefused(got, "another type", 403, "AccessDenied", "")
	require.Equal(t, "form-policy", got.header.Get("X-Cosemu-Diagnosis"))
	require.NotContains(t, s.foundFirst().Sentence.En, "star", "it is not why")
	s.requireNothing(testBucket, "up/a")
	require.Equal(t, 204, send(starred, "image/*").status)
	require.Equal(t, 204, send(`["starts-with","$Content-Type","image/"]`, "image/png").status)
}
