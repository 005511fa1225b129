package api

import (
	"crypto/tls"
	"log/slog"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/ca"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
)

// VerifyMode says what happens to a request that the cloud would refuse for
// its signature, its time or its rights.
type VerifyMode = authz.Mode

const (
	// VerifyEnforce refuses it, as the cloud does. It is the default.
	VerifyEnforce = authz.Enforce
	// VerifyReport serves it and says in the answer's x-cosemu-verdict what
	// the cloud would have answered: "<status> <Code>".
	VerifyReport = authz.Report
)

// Canned ACLs of a bucket, as x-cos-acl names them (COS docs: ACL).
const (
	ACLPrivate           = acl.Private
	ACLPublicRead        = acl.PublicRead
	ACLPublicReadWrite   = acl.PublicReadWrite
	ACLAuthenticatedRead = acl.AuthenticatedRead
)

// Config is everything an Emulator is made of, the storage aside. The zero
// value of each field is usable.
type Config struct {
	// Region is where buckets are created that are asked for on a host which
	// names no region. Empty means DefaultRegion.
	Region string
	// Verify is VerifyEnforce when empty.
	Verify VerifyMode
	// Domains are host names under which the emulator is reached besides the
	// cloud's own: <bucket>.<domain>, <bucket>.cos.<region>.<domain> and
	// <domain>/<bucket>.
	Domains []string
	// Aliases map a host that names no bucket to a bucket, as custom domains do,
	// or a host:port, as an SDK without a bucket in its endpoint needs it. At an
	// alias that has a port, or is an IP address or localhost, a path that begins
	// with a bucket's name still addresses that bucket.
	Aliases map[string]string
	// DefaultCORS is what holds for pages of other origins in buckets without a
	// CORS configuration. Empty means CORSNone.
	DefaultCORS CORSMode
	// Strict are rules that are off by default.
	Strict Strict
	// Buckets exist from the start and after a Reset.
	Buckets []BucketConfig
	// Keys are known from the start and after a Reset.
	Keys []keyring.Key
	// Roles can be assumed at STS.
	Roles []sts.Role
	// Tokens is the alphabet of the tokens that STS issues; sts.AlphabetURL when
	// empty.
	Tokens sts.Alphabet
	// Clock is the emulator's time; nil means the real one.
	Clock *clock.Clock
	// Log receives one record per request; nil discards them.
	Log *slog.Logger
	// Journal bounds what is kept of past requests.
	Journal journal.Options
	// Endpoint is the host:port that ready-made URLs point to (see Presign).
	Endpoint string
	// CA signs the certificates of tunnels and TLS ports. Nil means one in memory,
	// another at each start.
	CA *ca.Authority
	// Certificate is shown on TLS ports and in tunnels for the names that it holds for,
	// in place of one of CA. Nil means that there is none. Its Leaf is set.
	Certificate *tls.Certificate
	// MaxAccounts is how many accounts may be made; account.DefaultMax when 0.
	MaxAccounts int
	// Seed, when set, fills the store at the start and after a Reset, once the
	// configured buckets exist.
	Seed func(*storage.Store) error
}

// The bucket and the key pair that cosemu has when nothing is configured. The
// pair is made up: it has the shape of a real one, so that SDKs which look at
// it are content, and says what it is.
const (
	DefaultBucket    = "test-1250000000"
	DefaultSecretID  = "AKIDcosemuLocalUseOnlyNotARealKey000"
	DefaultSecretKey = "cosemuSecretForLocalTestsOnly000"
)

// DefaultRegion is the region of buckets that name none.
const DefaultRegion = call.DefaultRegion

// BucketConfig is a bucket to be created.
type BucketConfig struct {
	// Name is the full name, APPID included: examplebucket-1250000000.
	Name string
	// Region is Config.Region when empty.
	Region string
	// ACL is a canned bucket ACL; ACLPrivate when empty.
	ACL string
	// CORS, when set, is the bucket's own Config.DefaultCORS.
	CORS CORSMode
	// MAZ makes it a bucket of several availability zones, which takes MAZ_*
	// storage classes alone (COS docs: 多 AZ 特性概述). It stays one.
	MAZ bool
}

// resolved returns the bucket with its defaults filled in, or what is wrong
// with it.
func (b BucketConfig) resolved(region string) (BucketConfig, error) {
	if err := addr.ValidBucket(b.Name); err != nil {
		return b, bilingual.Errorf("bucket %q: %w", "存储桶 %q：%w", b.Name, err)
	}
	if b.Region == "" {
		b.Region = region
	}
	if b.ACL == "" {
		b.ACL = ACLPrivate
	}
	if !acl.KnownCanned(b.ACL, acl.Bucket) {
		return b, bilingual.Errorf("bucket %q: unknown acl %q: use private, public-read, public-read-write or authenticated-read",
			"存储桶 %q：未知的 acl %q：可用 private、public-read、public-read-write 或 authenticated-read", b.Name, b.ACL)
	}
	if !b.CORS.Valid() {
		return b, bilingual.Errorf("bucket %q: cors: %q is neither none nor permissive", "存储桶 %q：cors：%q 既不是 none 也不是 permissive", b.Name, b.CORS)
	}
	return b, nil
}
