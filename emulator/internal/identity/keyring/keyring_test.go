package keyring_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

func now() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

const (
	secret = "a-secret-of-32-characters-0123456"
	token  = "a-token/with+signs=="
)

func permanent() keyring.Key {
	return keyring.Key{SecretID: "AKIDpermanent", SecretKey: secret, AppID: "1250000000"}
}

func temporary() keyring.Key {
	return keyring.Key{SecretID: "AKIDtemporary", SecretKey: secret, AppID: "1250000000", Token: token, Expires: now().Add(time.Hour)}
}

func TestLookup(t *testing.T) {
	r := keyring.New()
	forever := temporary()
	forever.SecretID, forever.Expires = "AKIDforever", time.Time{}
	for _, k := range []keyring.Key{permanent(), temporary(), forever} {
		require.NoError(t, r.Add(k))
	}
	for _, c := range []struct {
		name, id, token string
		at              time.Time
		err             error
		key             keyring.Key
	}{
		{"permanent", "AKIDpermanent", "", now(), nil, permanent()},
		{"permanent, years on", "AKIDpermanent", "", now().AddDate(50, 0, 0), nil, permanent()},
		{"permanent with a token", "AKIDpermanent", token, now(), keyring.ErrTokenMismatch, permanent()},
		{"temporary", "AKIDtemporary", token, now(), nil, temporary()},
		{"its last moment", "AKIDtemporary", token, now().Add(time.Hour - 1), nil, temporary()},
		{"its end", "AKIDtemporary", token, now().Add(time.Hour), keyring.ErrTokenExpired, temporary()},
		{"no token", "AKIDtemporary", "", now(), keyring.ErrTokenMissing, temporary()},
		{"no token and expired", "AKIDtemporary", "", now().Add(2 * time.Hour), keyring.ErrTokenMissing, temporary()},
		{"other token", "AKIDtemporary", "b" + token[1:], now(), keyring.ErrTokenMismatch, temporary()},
		{"longer token", "AKIDtemporary", token + "x", now(), keyring.ErrTokenMismatch, temporary()},
		{"other token and expired", "AKIDtemporary", "x", now().Add(2 * time.Hour), keyring.ErrTokenMismatch, temporary()},
		{"without an end", "AKIDforever", token, now().AddDate(50, 0, 0), nil, forever},
		{"unknown", "AKIDnobody", "", now(), keyring.ErrUnknownKey, keyring.Key{}},
		{"other case", "akidpermanent", "", now(), keyring.ErrUnknownKey, keyring.Key{}},
		{"no id", "", "", now(), keyring.ErrUnknownKey, keyring.Key{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := r.Identify(c.id, c.token, c.at)
			k, err := who.Key, who.KeyErr
			require.ErrorIs(t, err, c.err)
			require.True(t, k == c.key, "%v", k) //nolint:testifylint // require.Equal would compare and print the fields
		})
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = r.Identify("AKIDtemporary", token, now()) }))
}

func TestWhoseKey(t *testing.T) {
	for _, c := range []struct {
		key         keyring.Key
		owner, user string
		root        bool
	}{
		{keyring.Key{AppID: "1250000000"}, "1250000000", "1250000000", true},
		{keyring.Key{AppID: "1250000000", OwnerUIN: "100000000001"}, "100000000001", "100000000001", true},
		{keyring.Key{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000001"}, "100000000001", "100000000001", true},
		{keyring.Key{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000011"}, "100000000001", "100000000011", false},
		{keyring.Key{AppID: "1250000000", UIN: "100000000011"}, "1250000000", "100000000011", false},
	} {
		require.Equal(t, c.owner, c.key.Owner())
		require.Equal(t, c.user, c.key.User())
		require.Equal(t, c.root, c.key.Root())
	}
}

func TestChanges(t *testing.T) {
	r := keyring.New()
	require.Empty(t, r.List())
	require.NoError(t, r.Add(temporary()))
	require.NoError(t, r.Add(permanent()))
	require.Equal(t, []string{"AKIDpermanent", "AKIDtemporary"}, ids(r))

	other := permanent()
	other.AppID = "1300000000"
	require.NoError(t, r.Add(other), "replaces it")
	k, ok := r.Get("AKIDpermanent")
	require.True(t, ok)
	require.Equal(t, "1300000000", k.AppID)
	require.Len(t, r.List(), 2)

	require.True(t, r.Remove("AKIDpermanent"))
	require.False(t, r.Remove("AKIDpermanent"))
	_, ok = r.Get("AKIDpermanent")
	require.False(t, ok)
	err := r.Identify("AKIDpermanent", "", now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrUnknownKey)

	bad := permanent()
	bad.SecretKey = ""
	require.ErrorIs(t, r.Replace([]keyring.Key{permanent(), bad}), keyring.ErrInvalidKey)
	require.Equal(t, []string{"AKIDtemporary"}, ids(r), "nothing changed")
	require.NoError(t, r.Replace([]keyring.Key{permanent()}))
	require.Equal(t, []string{"AKIDpermanent"}, ids(r))
}

func ids(r *keyring.Ring) []string {
	var list []string
	for _, k := range r.List() {
		list = append(list, k.SecretID)
	}
	return list
}

func TestInvalid(t *testing.T) {
	for says, change := range map[string]func(*keyring.Key){
		"secret id is missing":      func(k *keyring.Key) { k.SecretID = "" },
		"secret id has a blank":     func(k *keyring.Key) { k.SecretID += " " },
		"secret key is missing":     func(k *keyring.Key) { k.SecretKey = "" },
		"secret key has a blank":    func(k *keyring.Key) { k.SecretKey += "\n" },
		"token has a blank":         func(k *keyring.Key) { k.Token = " " + k.Token },
		"only a temporary pair":     func(k *keyring.Key) { k.Token = "" },
		"a control character in it": func(k *keyring.Key) { k.SecretKey = "\x7f" + k.SecretKey },
	} {
		r, k := keyring.New(), temporary()
		require.NoError(t, r.Add(k), "the control")
		require.True(t, r.Remove(k.SecretID))
		change(&k)
		err := r.Add(k)
		require.ErrorIs(t, err, keyring.ErrInvalidKey)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, err.Error(), token)
		require.Empty(t, r.List())
	}
}

// TestNothingShows: no way of printing a key, alone or inside something, shows
// its secret or its token.
func TestNothingShows(t *testing.T) {
	k := temporary()
	r := keyring.New()
	require.NoError(t, r.Add(k))
	holder := struct {
		Key  keyring.Key
		Keys []keyring.Key
		Ptr  *keyring.Key
	}{k, []keyring.Key{k}, &k}
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{k, &k, []keyring.Key{k}, map[string]keyring.Key{"a": k}, holder, r.List()} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{k, &k, holder, map[string]keyring.Key{"a": k}} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		out = append(out, string(text))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "key", k, "pointer", &k, "keys", []keyring.Key{k}, "holder", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "key", k, "pointer", &k, "keys", []keyring.Key{k}, "holder", holder)
	out = append(out, log.String(), k.String(), k.GoString(), fmt.Sprint(k), fmt.Errorf("key %v: %w", k, keyring.ErrTokenExpired).Error())
	for _, text := range out {
		for _, hidden := range []string{secret, token, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", token)} {
			require.NotContains(t, text, hidden)
		}
	}
	require.Equal(t, "AKIDtemporary of 1250000000, temporary, until 2026-11-24T09:00:00Z", k.String())
	require.Equal(t, "AKIDpermanent of 1250000000", fmt.Sprint(permanent()))
	require.Contains(t, log.String(), "AKIDtemporary")
}

// TestConcurrent is for the race detector; and a lookup never sees half a ring.
func TestConcurrent(t *testing.T) {
	r := keyring.New()
	require.NoError(t, r.Add(permanent()))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				if err := r.Identify("AKIDpermanent", "", now()).KeyErr; err != nil {
					t.Error(err)
				}
				_ = r.Add(temporary())
				_ = r.List()
				_ = r.Replace([]keyring.Key{permanent(), temporary()})
				r.Remove("AKIDtemporary")
			}
		})
	}
	wg.Wait()
}

func BenchmarkLookup(b *testing.B) {
	r := keyring.New()
	if err := r.Add(temporary()); err != nil {
		b.Fatal(err)
	}
	at := now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = r.Identify("AKIDtemporary", token, at)
		}
	})
}

func TestAccountUIN(t *testing.T) {
	r := keyring.New()
	require.Equal(t, "1250000000", r.AccountUIN("1250000000"), "an account that nobody has a key of")
	require.NoError(t, r.Add(permanent()))
	require.Equal(t, "1250000000", r.AccountUIN("1250000000"), "no key has its uin")
	k := temporary()
	k.OwnerUIN, k.UIN = "100000000001", "100000000011"
	require.NoError(t, r.Add(k))
	require.Equal(t, "100000000001", r.AccountUIN("1250000000"))
	require.Equal(t, "1300000001", r.AccountUIN("1300000001"))

	higher := permanent()
	higher.SecretID, higher.OwnerUIN = "AKIDhigher", "100000000002"
	require.NoError(t, r.Add(higher))
	require.Equal(t, "100000000001", r.AccountUIN("1250000000"), "the lowest, of several")
	for _, k := range r.List() {
		if k.OwnerUIN == "100000000001" {
			require.True(t, r.Remove(k.SecretID))
		}
	}
	require.Equal(t, "100000000002", r.AccountUIN("1250000000"), "what is left")
	require.NoError(t, r.Replace([]keyring.Key{permanent()}))
	require.Equal(t, "1250000000", r.AccountUIN("1250000000"), "nothing is")
}
