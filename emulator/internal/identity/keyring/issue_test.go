package keyring_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// A vault remembers what it was given to keep.
type vault struct {
	mu   sync.Mutex
	keys map[string]bool
	full bool
}

func (v *vault) Keep(k keyring.Key) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.full {
		return errors.New("disk full")
	}
	v.keys[k.SecretID] = true
	return nil
}

func (v *vault) Forget(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, id)
}

func issuedKey(n int, end time.Time) keyring.Key {
	return keyring.Key{
		SecretID: fmt.Sprintf("AKIDissued%05d", n), SecretKey: secret, AppID: "1250000000", Token: token,
		Expires: end, Parent: permanent().SecretID,
	}
}

func TestIssue(t *testing.T) {
	r, v := keyring.New(), &vault{keys: map[string]bool{}}
	r.KeepIn(v)
	require.NoError(t, r.Add(permanent()))
	require.NoError(t, r.Add(temporary()))
	k := issuedKey(1, now().Add(time.Hour))
	before := r.Version()
	require.NoError(t, r.Issue(k, now()))
	require.NotEqual(t, before, r.Version())
	require.Equal(t, map[string]bool{k.SecretID: true}, v.keys)
	err := r.Identify(k.SecretID, k.Token, now()).KeyErr
	require.NoError(t, err)

	for _, change := range []func(*keyring.Key){
		func(k *keyring.Key) { k.Parent = "" }, func(k *keyring.Key) { k.Token = "" },
		func(k *keyring.Key) { k.Expires = time.Time{} }, func(k *keyring.Key) { k.SecretKey = "" },
	} {
		bad := issuedKey(2, now().Add(time.Hour))
		change(&bad)
		require.ErrorIs(t, r.Issue(bad, now()), keyring.ErrInvalidKey)
	}
	v.full = true
	require.ErrorContains(t, r.Issue(issuedKey(2, now().Add(time.Hour)), now()), "disk full")
	require.Equal(t, 1, r.Issued())
	v.full = false

	require.True(t, r.Remove(permanent().SecretID))
	require.Zero(t, r.Issued())
	require.Empty(t, v.keys)
	err = r.Identify(k.SecretID, k.Token, now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrUnknownKey)
	_, ok := r.Get(temporary().SecretID)
	require.True(t, ok, "it has no parent")

	require.NoError(t, r.Add(k), "as one that comes when its parent went meanwhile")
	err = r.Identify(k.SecretID, k.Token, now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrUnknownKey)
}

// A ring that is full takes no more until something has expired.
func TestFullRing(t *testing.T) {
	r, v := keyring.New(), &vault{keys: map[string]bool{}}
	r.KeepIn(v)
	require.NoError(t, r.Add(permanent()))
	for i := range keyring.MaxIssued {
		end := now().Add(time.Hour)
		if i < 10 {
			end = now().Add(time.Minute)
		}
		require.NoError(t, r.Issue(issuedKey(i, end), now()))
	}
	last := issuedKey(keyring.MaxIssued, now().Add(time.Hour))
	require.ErrorIs(t, r.Issue(last, now()), keyring.ErrFull)
	require.Len(t, v.keys, keyring.MaxIssued)

	require.NoError(t, r.Issue(last, now().Add(time.Minute)))
	require.Equal(t, keyring.MaxIssued-9, r.Issued())
	require.Len(t, v.keys, keyring.MaxIssued-9)
	_, ok := r.Get(permanent().SecretID)
	require.True(t, ok)
}

// TestIssueConcurrently is for the race detector; and whatever the order, no
// issued pair outlives its parent.
func TestIssueConcurrently(t *testing.T) {
	r, v := keyring.New(), &vault{keys: map[string]bool{}}
	r.KeepIn(v)
	require.NoError(t, r.Add(permanent()))
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 200 {
				k := issuedKey(worker*1000+i, now().Add(time.Hour))
				if err := r.Issue(k, now()); err != nil {
					t.Error(err)
				}
				_ = r.Identify(k.SecretID, k.Token, now())
				_ = r.Version()
				if i == 150 {
					r.Remove(permanent().SecretID)
				}
			}
		})
	}
	wg.Wait()
	for _, k := range r.List() {
		err := r.Identify(k.SecretID, k.Token, now()).KeyErr
		require.ErrorIs(t, err, keyring.ErrUnknownKey, "its parent is gone")
	}
}

// TestReplacedParent: what was issued to a pair ends when another takes its
// place, and stays when the same one is added again.
func TestReplacedParent(t *testing.T) {
	r := keyring.New()
	require.NoError(t, r.Add(permanent()))
	k := temporary()
	k.Parent = permanent().SecretID
	require.NoError(t, r.Issue(k, now()))
	require.NoError(t, r.Add(permanent()))
	err := r.Identify(k.SecretID, k.Token, now()).KeyErr
	require.NoError(t, err)
	other := permanent()
	other.SecretKey = "another-secret-of-32-characters0"
	require.NoError(t, r.Add(other))
	err = r.Identify(k.SecretID, k.Token, now()).KeyErr
	require.ErrorIs(t, err, keyring.ErrUnknownKey)
	require.Zero(t, r.Issued())
}

// TestFullAccount: an account that is full keeps no other one from its keys.
func TestFullAccount(t *testing.T) {
	r := keyring.New()
	other := permanent()
	other.SecretID, other.AppID = "AKIDother", "1300000001"
	require.NoError(t, r.Add(permanent()))
	require.NoError(t, r.Add(other))
	for i := range keyring.MaxIssued {
		require.NoError(t, r.Issue(issuedKey(i, now().Add(time.Hour)), now()))
	}
	k := issuedKey(keyring.MaxIssued, now().Add(time.Hour))
	require.ErrorIs(t, r.Issue(k, now()), keyring.ErrFull)
	k.AppID, k.Parent = other.AppID, other.SecretID
	require.NoError(t, r.Issue(k, now()))
	require.Equal(t, []int{keyring.MaxIssued, 1}, []int{r.IssuedOf("1250000000"), r.IssuedOf(other.AppID)})
	r.RemoveAccount("1250000000")
	require.Equal(t, []int{0, 1, 1}, []int{r.IssuedOf("1250000000"), r.IssuedOf(other.AppID), r.Issued()})
}

// TestKeep: a pair is stored before it can be used, and forgotten when it goes.
func TestKeep(t *testing.T) {
	r, v := keyring.New(), &vault{keys: map[string]bool{}}
	r.KeepIn(v)
	bad := permanent()
	bad.SecretKey = ""
	require.ErrorIs(t, r.Keep(bad), keyring.ErrInvalidKey)
	v.full = true
	require.ErrorContains(t, r.Keep(permanent()), "disk full")
	require.Empty(t, r.List())
	v.full = false
	require.NoError(t, r.Keep(permanent()))
	require.Equal(t, map[string]bool{permanent().SecretID: true}, v.keys)
	require.True(t, r.Remove(permanent().SecretID))
	require.Empty(t, v.keys)
	require.NoError(t, r.Keep(permanent()))
	r.RemoveAccount(permanent().AppID)
	require.Empty(t, v.keys)
}
