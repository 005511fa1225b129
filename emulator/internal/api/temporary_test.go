package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/storage"
)

// TestEndsOfATemporaryKey: each way in which a temporary key stops to work has
// its own answer and its own diagnosis, and nothing is stored.
func TestEndsOfATemporaryKey(t *testing.T) {
	s := start(t, api.Config{})
	refused := func(name string, k keyring.Key, status int, code, diagnosis string) {
		t.Helper()
		got := s.putBy(k, name)
		s.requireRefused(got, name, status, code, "")
		require.Equal(t, diagnosis, got.header.Get("x-cosemu-diagnosis"), name)
		s.requireNothing(testBucket, name)
	}
	k := s.temporary(map[string]string{"DurationSeconds": "900"})
	require.Equal(t, 200, s.putBy(k, "control").status)

	without, with := k, k
	without.Token = ""
	refused("missing", without, 403, "InvalidAccessKeyId", "token-missing")
	with.Token = s.temporary(nil).Token
	refused("another key's", with, 403, "InvalidAccessKeyId", "token-unknown")

	s.clock.Advance(15*time.Minute - time.Second)
	require.Equal(t, 200, s.putBy(k, "last second").status)
	s.clock.Advance(time.Second)
	refused("expired", k, 400, "ExpiredToken", "token-expired")
	s.clock.Advance(-time.Minute)
	require.Equal(t, 200, s.putBy(k, "the clock moves it all").status)

	require.True(t, s.e.Keys().Remove(k.SecretID))
	refused("removed", k, 403, "InvalidAccessKeyId", "key-unknown")
}

// TestURLOfATemporaryKey: a signed URL lives as long as the shorter of its
// signature and its key.
func TestURLOfATemporaryKey(t *testing.T) {
	s := start(t, api.Config{Endpoint: "127.0.0.1:9000"})
	k := s.temporary(map[string]string{"DurationSeconds": "1800"})
	get := func(expires time.Duration) func() *answer {
		r, err := s.e.Presign(api.PresignRequest{Method: http.MethodPut, Bucket: testBucket, Key: "u", Expires: expires, SecretID: k.SecretID})
		require.NoError(t, err)
		u, err := url.Parse(r.URL)
		require.NoError(t, err)
		return func() *answer {
			return s.send(&message{method: http.MethodPut, target: u.RequestURI(), host: u.Host, body: []byte("x")})
		}
	}
	short, long := get(10*time.Minute), get(time.Hour)
	require.Equal(t, 200, short().status)
	require.Equal(t, 200, long().status)
	s.remove(testBucket, "u")
	s.clock.Advance(11 * time.Minute)
	s.requireRefused(short(), "u", 403, "AccessDenied", "Request has expired")
	s.requireNothing(testBucket, "u")
	require.Equal(t, 200, long().status)
	s.remove(testBucket, "u")
	s.clock.Advance(20 * time.Minute)
	got := long()
	s.requireRefused(got, "u", 400, "ExpiredToken", "")
	require.Equal(t, "token-expired", got.header.Get("x-cosemu-diagnosis"))
	s.requireNothing(testBucket, "u")
}

// TestParentOfATemporaryKey: with it go the keys that were issued to it, and no
// others.
func TestParentOfATemporaryKey(t *testing.T) {
	other := keyring.Key{SecretID: "AKIDsecond", SecretKey: "another-secret-0123456789", AppID: testAppID}
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), other}})
	orphan := s.temporary(nil)
	r, _ := s.askSTS(s.stsMessage(other, stsHost, nil))
	kept := keyring.Key{SecretID: r.Credentials.TmpSecretId, SecretKey: r.Credentials.TmpSecretKey, Token: r.Credentials.Token}
	require.Equal(t, 200, s.putBy(orphan, "a").status)
	s.remove(testBucket, "a")

	require.True(t, s.e.Keys().Remove(testKey().SecretID))
	s.requireRefused(s.putBy(orphan, "a"), "a", 403, "InvalidAccessKeyId", "")
	s.requireNothing(testBucket, "a")
	require.Equal(t, 200, s.putBy(kept, "a").status)
	require.Equal(t, 1, s.e.Keys().Issued())
}

// TestTemporaryKeysOutliveARestart: with a data folder they do, as far as they
// are of use; a reset clears them.
func TestTemporaryKeysOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	role := sts.Role{Name: "uploader", AppID: testAppID}
	run := func(cfg api.Config, hours int, do func(*server)) {
		t.Helper()
		st, err := storage.OpenDisk(dir, storage.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, st.Close()) }()
		t.Run(fmt.Sprint(hours), func(t *testing.T) {
			s := startOn(t, cfg, st)
			s.clock.Advance(time.Duration(hours) * time.Hour)
			do(s)
		})
	}
	cfg := api.Config{Roles: []sts.Role{role}}
	assume := map[string]string{
		"Action": "AssumeRole", "Name": "", "RoleArn": role.ARN(), "RoleSessionName": "build", "DurationSeconds": "43200",
	}
	var user, roles keyring.Key
	run(cfg, 0, func(s *server) {
		user, roles = s.temporary(nil), s.temporary(assume)
		require.Equal(t, 200, s.putBy(user, "a").status)
	})
	run(cfg, 0, func(s *server) {
		require.Equal(t, 200, s.putBy(user, "b").status)
		require.Equal(t, 200, s.putBy(roles, "c").status)
		k, ok := s.e.Keys().Get(roles.SecretID)
		require.True(t, ok)
		require.Equal(t, "build", k.SessionName)
		require.JSONEq(t, everything, string(k.Session.Document()))
	})
	run(api.Config{}, 0, func(s *server) {
		require.Equal(t, 200, s.putBy(user, "d").status)
		s.requireRefused(s.putBy(roles, "e"), "e", 403, "InvalidAccessKeyId", "") // its role is gone
		s.requireNothing(testBucket, "e")
	})
	run(cfg, 1, func(s *server) {
		s.requireRefused(s.putBy(user, "f"), "f", 400, "ExpiredToken", "")
		require.NoError(t, s.e.Reset())
		s.requireRefused(s.putBy(user, "f"), "f", 403, "InvalidAccessKeyId", "")
		user = s.temporary(nil)
		require.True(t, s.e.Keys().Remove(testKey().SecretID)) // for this run
	})
	run(cfg, 0, func(s *server) {
		s.requireRefused(s.putBy(user, "g"), "g", 403, "InvalidAccessKeyId", "")
		require.Zero(t, s.e.Keys().Issued(), "it went with its parent")
		user = s.temporary(nil)
	})
	other := keyring.Key{SecretID: "AKIDsecond", SecretKey: "another-secret-0123456789", AppID: testAppID}
	run(api.Config{Keys: []keyring.Key{other}}, 0, func(s *server) {
		s.requireRefused(s.putBy(user, "h"), "h", 403, "InvalidAccessKeyId", "") // its parent is not configured
	})
}

// TestLongExpiredKeysAreSwept at the start; a younger one is still known, so
// that its use is told from that of a key which never was.
func TestLongExpiredKeysAreSwept(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	s := startOn(t, api.Config{}, st)
	old := s.temporary(map[string]string{"DurationSeconds": "1"})
	young := s.temporary(map[string]string{"DurationSeconds": "7200"})
	s.clock.Advance(25 * time.Hour)
	again, err := api.New(api.Config{Clock: s.clock, Keys: []keyring.Key{testKey()}}, st)
	require.NoError(t, err)
	err = again.Keys().Identify(old.SecretID, old.Token, s.clock.Now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrUnknownKey)
	err = again.Keys().Identify(young.SecretID, young.Token, s.clock.Now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrTokenExpired)
	docs, err := st.Documents("temporary-key")
	require.NoError(t, err)
	require.Len(t, docs, 1)
}
