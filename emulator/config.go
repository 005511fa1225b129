package emulator

import (
	"io/fs"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/ca"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/emulator/internal/seed"
	"github.com/cosemu/cosemu/storage"
)

// What an emulator is made of.
type (
	// Config is everything but the store. Its zero value is usable.
	Config = api.Config
	// BucketConfig is a bucket that exists from the start.
	BucketConfig = api.BucketConfig
	// VerifyMode says what happens to a request that the cloud would refuse.
	VerifyMode = api.VerifyMode
	// CORSMode says which pages may use a bucket that has no CORS rules.
	CORSMode = api.CORSMode
	// Strict are rules that are off by default.
	Strict = api.Strict
	// Key is a key pair: SecretId and SecretKey, and what may be done with them.
	Key = keyring.Key
	// KeyContradiction is the error of SettleKeys: which pair contradicts which.
	KeyContradiction = keyring.Contradiction
	// Policy is a parsed CAM or bucket policy (COS docs: 访问策略语言概述).
	Policy = policy.Policy
	// Role can be assumed at STS (STS docs: AssumeRole).
	Role = sts.Role
	// TokenAlphabet says which characters the tokens of STS are made of.
	TokenAlphabet = sts.Alphabet
	// Clock is the emulator's time.
	Clock = clock.Clock
	// Authority is a CA that signs certificates for tunnels and TLS ports.
	Authority = ca.Authority
	// JournalOptions bound what is kept of past requests.
	JournalOptions = journal.Options
)

// The values of Config.Verify.
const (
	// VerifyEnforce refuses such a request, as the cloud does.
	VerifyEnforce = api.VerifyEnforce
	// VerifyReport serves it, and says in x-cosemu-verdict what the cloud would
	// have answered.
	VerifyReport = api.VerifyReport
)

// The values of Config.DefaultCORS.
const (
	// CORSNone lets no page in, as the cloud does.
	CORSNone = api.CORSNone
	// CORSPermissive lets every page do everything.
	CORSPermissive = api.CORSPermissive
)

// Canned ACLs of a bucket, as x-cos-acl names them (COS docs: ACL).
const (
	ACLPrivate           = api.ACLPrivate
	ACLPublicRead        = api.ACLPublicRead
	ACLPublicReadWrite   = api.ACLPublicReadWrite
	ACLAuthenticatedRead = api.ACLAuthenticatedRead
)

// The bucket, the region and the key pair of a cosemu without any configuration.
const (
	DefaultBucket    = api.DefaultBucket
	DefaultRegion    = api.DefaultRegion
	DefaultSecretID  = api.DefaultSecretID
	DefaultSecretKey = api.DefaultSecretKey
)

// The alphabets of tokens that STS issues.
const (
	// TokenAlphabetURL is safe in a query as it stands.
	TokenAlphabetURL = sts.AlphabetURL
	// TokenAlphabetStandard has + and / too, which a client must encode.
	TokenAlphabetStandard = sts.AlphabetStandard
)

// DefaultJournalEntries is how many requests the journal keeps.
const DefaultJournalEntries = journal.DefaultEntries

// NewClock is a clock that shows the real time.
func NewClock() *Clock { return clock.New() }

// ParseDuration reads a length of time as [time.ParseDuration] does, and days:
// 15m, 1d, 1d12h.
func ParseDuration(s string) (time.Duration, error) { return clock.ParseDuration(s) }

// NewAuthority makes a CA that lasts as long as the process.
func NewAuthority() (*Authority, error) { return ca.New() }

// OpenAuthority opens the CA in a folder, and makes it where there is none.
func OpenAuthority(dir string) (*Authority, error) { return ca.Open(dir) }

// ValidKey says what is wrong with a key pair; nil: nothing. It names no secret.
func ValidKey(k Key) error { return keyring.New().Add(k) }

// SettleKeys fills in the uin of each pair's account. Its error is a
// *KeyContradiction.
func SettleKeys(keys []Key) ([]Key, error) { return keyring.Settle(keys) }

// ParseRights reads the policy of a sub-account or a role.
func ParseRights(doc []byte) (*Policy, error) { return policy.Parse(doc, policy.Identity) }

// ParseRoleARN reads qcs::cam::uin/<uin>:roleName/<name> or :role/<id>.
func ParseRoleARN(arn string) (owner, name, id string, err error) { return sts.ParseARN(arn) }

// ValidBucket says what is wrong with the full name of a bucket; nil: nothing.
func ValidBucket(name string) error { return addr.ValidBucket(name) }

// BucketAccount is the APPID at the end of a bucket's name; empty for none.
func BucketAccount(bucket string) string { return addr.AppID(bucket) }

// SeedReport counts what LoadSeed did.
type SeedReport = seed.Report

// LoadSeed fills a store from a folder: one folder a bucket, in it the objects
// with their keys as paths. What is there already stays. Buckets that it creates
// are in region and were made at now.
func LoadSeed(st *storage.Store, files fs.FS, region string, now time.Time) (SeedReport, error) {
	return seed.Load(st, files, seed.Options{Region: region, Now: now})
}
