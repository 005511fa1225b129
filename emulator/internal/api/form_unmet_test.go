package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestUnmetFormCondition: a finding holds what a form's policy wants against what
// arrived (choice 477). The same form with the value that the policy wants is
// stored.
//
// holds: call PostObject; code AccessDenied
func TestUnmetFormCondition(t *testing.T) {
	for name, c := range map[string]struct {
		condition, field, value, good string
		sentence, zh, advice          string
	}{
		"another value": {
			`{"Content-Type":"image/png"}`, "Content-Type", "image/jpeg", "image/png",
			`requires Content-Type to be "image/png", but it is "image/jpeg"`, "要求 Content-Type 是 “image/png”", "Send the Content-Type that the policy names",
		},
		"another prefix": {
			`["starts-with","$key","up/"]`, "key", "other/a", "up/a",
			`requires key to begin with "up/", but it is "other/a"`, "以 “up/” 开头，实际收到的是 “other/a”", "Send the key that the policy names",
		},
		"no such field": {
			`["eq","$x-cos-meta-a","1"]`, "", "", "1",
			"a condition on x-cos-meta-a, and the form has no such field before its file", "却没有这个字段", `Send the field x-cos-meta-a with the value "1"`,
		},
		"a field for any value": {
			`["starts-with","$x-cos-meta-a",""]`, "", "", "1",
			"a condition on x-cos-meta-a, and the form has no such field", "却没有这个字段", "Send the field x-cos-meta-a, or sign",
		},
		"a bucket without its APPID": {
			`{"bucket":"examplebucket"}`, "", "", "",
			`requires bucket to be "examplebucket", but it is "` + testBucket + `"`, "要求 bucket 是", "Send the bucket that the policy names",
		},
		"another key pair": {
			`{"q-ak":"AKIDother0000000000000000000000000000"}`, "", "", "",
			`requires q-ak to be "AKIDother`, "要求 q-ak 是", "Send the q-ak that the policy names",
		},
		"a token, which stays hidden": {
			`{"x-cos-security-token":"hush-hush-token-1"}`, "", "", "",
			"no such field before its file", "却没有这个字段", "Send the field x-cos-security-token",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, api.Config{})
			f := policyForm(testTime(), ","+c.condition)
			f.set("key", "up/a")
			if c.field != "" {
				f.set(c.field, c.value)
			}
			got := s.send(f.message(t))
			s.requireRefused(got, name, http.StatusForbidden, "AccessDenied", "")
			require.Contains(t, string(got.body), "Condition key ")
			require.Equal(t, "form-policy", got.header.Get("X-Cosemu-Diagnosis"))
			found := s.foundFirst()
			require.Contains(t, found.Sentence.En, c.sentence)
			require.Contains(t, found.Sentence.Zh, c.zh)
			require.Contains(t, found.Advice.En, c.advice)
			require.NotEmpty(t, found.Advice.Zh)
			require.False(t, found.Proven)
			require.NotContains(t, found.Sentence.En+found.Sentence.Zh+found.Advice.En+found.Advice.Zh+found.Signed+found.Arrived, "hush")
			s.requireNothing(testBucket, "up/a")
			s.requireNothing(testBucket, "other/a")
			if c.good == "" {
				return
			}
			field := c.field
			if field == "" {
				field = "x-cos-meta-a"
			}
			f = policyForm(testTime(), ","+c.condition)
			f.set("key", "up/a")
			f.set(field, c.good)
			require.Equal(t, http.StatusNoContent, s.send(f.message(t)).status)
		})
	}
}

// TestExpiredFormPolicy: a policy that is over is not called a form without a
// signature.
//
// holds: call PostObject; code AccessDenied
func TestExpiredFormPolicy(t *testing.T) {
	s := start(t, api.Config{})
	f := policyForm(testTime().Add(-2*time.Hour), "")
	got := s.send(f.message(t))
	s.requireRefused(got, "over", http.StatusForbidden, "AccessDenied", "")
	require.Contains(t, string(got.body), "You post object request has been expired")
	require.Contains(t, "expired,expired", got.header.Get("X-Cosemu-Diagnosis"))
	require.Contains(t, s.foundFirst().Sentence.En, "The policy expired at ")
	require.Contains(t, s.foundFirst().Sentence.Zh, "有效期至")
	s.requireNothing(testBucket, "up/photo.jpg")
	require.Equal(t, http.StatusNoContent, s.send(policyForm(testTime(), "").message(t)).status)
}
