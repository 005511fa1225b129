package api

import (
	"errors"
	"fmt"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// Strict are rules that the cloud has and that would make an emulator on a
// developer's machine harder to use. All are off by default.
type Strict struct {
	// PathStyle refuses every path-style request with PathStyleDomainForbidden,
	// as buckets made since 2024 do.
	PathStyle bool
	// CutAtExpiry ends an upload or download that is still under way when its
	// signature, or the temporary key that signed it, stops being valid. An
	// upload that is cut stores nothing.
	CutAtExpiry bool
	// AppID makes every key pair state its account, and every configured bucket
	// belong to the account of a configured key pair.
	AppID bool
}

// ErrNoAccount says that a key pair does not state its account though
// Strict.AppID asks for it.
var ErrNoAccount = errors.New("the key pair has no APPID")

// CheckAccounts is AppID (choice 204): a key pair never gets an account that
// nobody wrote, and no bucket is configured that no key pair could own. The
// error names the pair by its place, or the bucket; it wraps ErrNoAccount for
// the former.
func (s Strict) CheckAccounts(keys []keyring.Key, buckets []BucketConfig) error {
	if !s.AppID {
		return nil
	}
	known := make(map[string]bool, len(keys))
	for i := range keys {
		if keys[i].AppID == "" {
			return fmt.Errorf("credentials[%d]: %w", i, ErrNoAccount)
		}
		known[keys[i].AppID] = true
	}
	for _, b := range buckets {
		if id := addr.AppID(b.Name); !known[id] {
			return fmt.Errorf("bucket %q: there is no key pair of the account %q", b.Name, id)
		}
	}
	return nil
}
