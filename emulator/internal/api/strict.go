package api

import (
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// Strict are rules of COS that make an emulator on a developer's machine harder to
// use. All are off by default.
type Strict struct {
	// PathStyle refuses every path-style request with PathStyleDomainForbidden,
	// as buckets made since 2024 do.
	PathStyle bool
	// CutAtExpiry ends an upload or download when its signature, or the temporary
	// key that signed it, expires meanwhile. Such an upload stores nothing.
	CutAtExpiry bool
	// AppID requires every key pair to state its account, and every configured
	// bucket to belong to the account of a configured key pair.
	AppID bool
}

// ErrNoAccount means that a key pair does not state its account, which Strict.AppID
// requires.
var ErrNoAccount = bilingual.Errorf("the key pair has no APPID", "密钥没有 APPID")

// CheckAccounts is the check of AppID (choice 204). Its error names the key pair by
// its index and wraps ErrNoAccount, or names the bucket.
func (s Strict) CheckAccounts(keys []keyring.Key, buckets []BucketConfig) error {
	if !s.AppID {
		return nil
	}
	known := make(map[string]bool, len(keys))
	for i := range keys {
		if keys[i].AppID == "" {
			return bilingual.Errorf("credentials[%d]: %w", "credentials[%d]：%w", i, ErrNoAccount)
		}
		known[keys[i].AppID] = true
	}
	for _, b := range buckets {
		if id := addr.AppID(b.Name); !known[id] {
			return bilingual.Errorf("bucket %q: there is no key pair of the account %q", "存储桶 %q：没有账号 %q 的密钥", b.Name, id)
		}
	}
	return nil
}
