package judge

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/storage"
)

// configDefaultCORS is where a bucket keeps the mode of its configuration. The API
// does not show it (choice 190).
const configDefaultCORS = "cosemu-default-cors"

// rulesFor finds the CORS rules of the call's bucket; nil: there are none.
func (j *Judge) rulesFor(c *call.Call) (*cors.Rules, error) {
	if c.Bucket.HasConfig(call.ConfigCORS) {
		return call.ReadConfig(j.Env, c.Bucket.Name, call.ConfigCORS, cors.Parse)
	}
	mode, err := j.DefaultCORS(&c.Bucket)
	if err != nil || mode != cors.EveryPage {
		return nil, err
	}
	return j.permissive, nil
}

// DefaultCORS is the mode of a bucket as long as it has no CORS configuration: its
// own, else that of the emulator.
func (j *Judge) DefaultCORS(b *storage.Bucket) (cors.Mode, error) {
	mode := j.CORS
	if b.HasConfig(configDefaultCORS) {
		doc, err := j.Env.Store.Config(b.Name, configDefaultCORS)
		if err != nil && !errors.Is(err, storage.ErrNoConfig) {
			return cors.NoPage, err
		}
		mode = cors.Mode(doc)
	}
	if mode == "" {
		mode = cors.NoPage
	}
	return mode, nil
}

// SetDefaultCORS makes a bucket keep its configured mode, or none.
func (j *Judge) SetDefaultCORS(bucket string, mode cors.Mode) error {
	if mode != "" {
		return j.Env.Store.PutConfig(bucket, configDefaultCORS, []byte(mode))
	}
	b, err := j.Env.Store.Bucket(bucket)
	if err != nil || !b.HasConfig(configDefaultCORS) {
		return err
	}
	return j.Env.Store.DeleteConfig(bucket, configDefaultCORS)
}

// judgePreflight is all that is judged of a preflight, which needs no key, no
// right and, as long as the bucket is there, no object (COS docs: OPTIONS
// Object). It is never checked for a signature, though its target may hold one:
// it comes before everything else and uses nothing up.
func (j *Judge) judgePreflight(c *call.Call) ([]cors.Header, error) {
	c.Check("preflight")
	rules, err := j.rulesFor(c)
	if err != nil {
		return nil, err
	}
	if rules == nil && c.Op.Scope != call.Service && c.NoBucket != nil {
		return nil, c.NoBucket // choice 191
	}
	h := c.HTTP.Header
	list, refused := rules.Preflight(call.First(h, "Origin"), call.First(h, "Access-Control-Request-Method"), RequestedHeaders(h))
	if refused != nil {
		return nil, refused
	}
	return list, nil
}

// RequestedHeaders are the headers that a preflight asks for.
func RequestedHeaders(h http.Header) string {
	return strings.Join(h["Access-Control-Request-Headers"], ",")
}
