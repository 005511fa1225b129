package redact_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/redact"
)

const secret = "Wide-秘密/Key+of=32&chars<0>"

// TestText: a secret is replaced in each form that a request may contain.
func TestText(t *testing.T) {
	s := redact.New(secret, "short", "plainSecretKey0123456789", "plainSecretKey0123456789andMore")
	once := url.QueryEscape(secret)
	for _, typed := range []string{
		secret, strings.ToLower(secret), strings.ToUpper("plainSecretKey0123456789"), http.CanonicalHeaderKey("plainSecretKey0123456789"),
		once, strings.ToLower(once), url.PathEscape(secret), url.QueryEscape(once), strings.ReplaceAll(secret, "/", "%2f"),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(secret), "plainSecretKey0123456789andMore",
	} {
		for _, around := range []string{"%s", "a%sb", "%%25%s%%", "x=%s&y=z", "PUT\n%s\n"} {
			text := fmt.Sprintf(around, typed)
			require.Equal(t, fmt.Sprintf(around, redact.Hidden), s.Text(text), text)
		}
		require.Equal(t, redact.Hidden+redact.Hidden, s.Text(typed+typed))
	}
	for _, text := range []string{"", "short", "nothing here", "plainSecretKey012345678", "%", "%2", "&amp", "a%zzb", "plainSecretKey"} {
		if strings.HasPrefix(text, "plain") {
			require.Equal(t, redact.Hidden, s.Text(text), "a text may be cut within a secret")
			require.Equal(t, redact.Hidden+"…", s.Text(text+"…"))
			require.Equal(t, text+" goes on", s.Text(text+" goes on"))
			continue
		}
		require.Equal(t, text, s.Text(text))
	}
	require.Equal(t, "anything", (*redact.Set)(nil).Text("anything"))
}

// TestRemove: a secret that was added twice must be removed twice.
func TestRemove(t *testing.T) {
	s := redact.New("secret-number-one", "secret-number-one", "secret-number-two")
	text := "secret-number-one secret-number-two."
	require.Equal(t, "[hidden] [hidden].", s.Text(text))
	s.Remove("secret-number-one")
	require.Equal(t, "[hidden] [hidden].", s.Text(text))
	s.Remove("secret-number-one")
	s.Remove("secret-number-one")
	require.Equal(t, "secret-number-one [hidden].", s.Text(text))
	s.Remove("secret-number-two")
	require.Equal(t, text, s.Text(text))
}

// FuzzText: no part of a secret remains, wherever it is. A text without secrets stays the same.
func FuzzText(f *testing.F) {
	f.Add("a", "b")
	f.Add("%", "41&amp;%25")
	f.Fuzz(func(t *testing.T, before, after string) {
		s := redact.New(secret)
		if out := s.Text(before + secret + after); strings.Contains(out, secret) {
			t.Fatalf("%q", out)
		}
		if plain := strings.ReplaceAll(before, "%", ""); !strings.Contains(strings.ToLower(plain), "wide-") && s.Text(plain) != plain {
			t.Fatalf("%q", plain)
		}
	})
}

func BenchmarkText(b *testing.B) {
	secrets := make([]string, 10_000)
	for i := range secrets {
		secrets[i] = fmt.Sprintf("secret-%d-of-a-temporary-key", i)
	}
	s := redact.New(secrets...)
	for b.Loop() {
		s.Text("uploads/2026/11/24/some-photo-of-a-usual-name.jpg")
	}
}
