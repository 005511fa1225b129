package call

import (
	"bytes"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// Env is what an operation works with, beside the call.
type Env struct {
	Store     *storage.Store
	Resolver  *addr.Resolver
	Bodies    body.Reader
	Pacing    Pacing
	Documents Documents
	// Region is where buckets are made that are asked for on a host which names
	// none.
	Region string
	// Mode says what becomes of a request that COS would refuse.
	Mode authz.Mode
	// Plain is the row of a method alone.
	Plain func(Scope, string) *Operation
	// Now is the time of an account.
	Now func(account string) time.Time
	// Touch notes that somebody uses an account, before it is looked up.
	Touch func(account string)
	// AccountUIN is the uin of an account, as far as it is known.
	AccountUIN func(appID string) string
	// RoleName is the name of a role by its number; "" where it is not configured.
	RoleName func(appID, id string) string
	// Expired judges the times of a call as they are now, which held when it
	// arrived. Nil: a transfer may end after its signature.
	Expired func(*Call) *coserr.Error

	date atomic.Pointer[date]
}

// date is a second, as headers write it.
type date struct {
	second int64
	text   string
}

// Date is the time of an account as headers have it, made once a second.
func (env *Env) Date(account string) string {
	now := env.Now(account)
	if d := env.date.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
	env.date.Store(d)
	return d.text
}

// OwnerUIN is the uin of an account that is known by its APPID: what a key of it
// says, else the APPID (choice 63).
func (env *Env) OwnerUIN(who *Identity, appID string) string {
	if who.Key.AppID == appID && who.Key.OwnerUIN != "" {
		return who.Key.Owner()
	}
	return env.AccountUIN(appID)
}

// FindBucket finds the bucket that an address names. One in another region than
// the host says does not exist there.
func (env *Env) FindBucket(a *addr.Address) (storage.Bucket, error) {
	if a.Bucket == "" {
		return storage.Bucket{}, storage.ErrNoBucket
	}
	b, err := env.Store.Bucket(a.Bucket)
	if err == nil && a.Region != "" && a.Region != b.Region {
		return storage.Bucket{}, storage.ErrNoBucket
	}
	return b, err
}

// ReadDocument reads a body of at most limit bytes into memory, and holds it
// against its Content-MD5 where it has one. A longer one is XMLSizeLimit (COS
// docs: 错误码).
func (env *Env) ReadDocument(c *Call, limit int64) ([]byte, error) {
	spec, cerr := body.Check(c.Content(), limit)
	if cerr != nil {
		return nil, DocumentError(cerr)
	}
	var doc bytes.Buffer
	digest, err := env.Bodies.Copy(&doc, env.Incoming(c, c.Content().Body, nil), spec)
	c.Out.Received = digest.Size
	return doc.Bytes(), DocumentError(err)
}

// DocumentError gives a document that is too long the code of documents.
func DocumentError(err error) error {
	var cerr *coserr.Error
	if errors.As(err, &cerr) && cerr.Code == coserr.EntityTooLarge {
		return coserr.New(coserr.XMLSizeLimit)
	}
	return err
}
