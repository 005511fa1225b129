package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// CORSMode is what holds for pages of other origins where a bucket has no CORS
// configuration of its own.
type CORSMode string

const (
	// CORSNone lets no page in, as the cloud does. It is the default.
	CORSNone CORSMode = "none"
	// CORSPermissive lets every page do everything, see cors.Permissive. It is
	// for people who want an upload page to work and have no CORS rule to test.
	// A bucket that is not there counts as one without a configuration, so the
	// page sees the NoSuchBucket.
	CORSPermissive CORSMode = "permissive"
)

func (m CORSMode) valid() bool { return m == "" || m == CORSNone || m == CORSPermissive }

// configDefaultCORS keeps the CORSMode that a bucket was configured with.
// The API shows nothing of it (choice 190).
const configDefaultCORS = "cosemu-default-cors"

// rulesFor finds the CORS rules that hold for the request; nil: none.
func (e *Emulator) rulesFor(c *call.Call) (*cors.Rules, error) {
	if c.Bucket.HasConfig(call.ConfigCORS) {
		return call.ReadConfig(&e.env, c.Bucket.Name, call.ConfigCORS, cors.Parse)
	}
	mode, err := e.DefaultCORS(&c.Bucket)
	if err != nil || mode != CORSPermissive {
		return nil, err
	}
	return e.permissive, nil
}

// DefaultCORS is what holds for pages of other origins in a bucket as long as
// it has no CORS configuration: its own mode, else that of the emulator.
func (e *Emulator) DefaultCORS(b *storage.Bucket) (CORSMode, error) {
	mode := e.cfg.DefaultCORS
	if b.HasConfig(configDefaultCORS) {
		doc, err := e.store.Config(b.Name, configDefaultCORS)
		if err != nil && !errors.Is(err, storage.ErrNoConfig) {
			return CORSNone, err
		}
		mode = CORSMode(doc)
	}
	if mode == "" {
		mode = CORSNone
	}
	return mode, nil
}

// setDefaultCORS makes a bucket keep its configured mode, or none.
func (e *Emulator) setDefaultCORS(bucket string, mode CORSMode) error {
	if mode != "" {
		return e.store.PutConfig(bucket, configDefaultCORS, []byte(mode))
	}
	b, err := e.store.Bucket(bucket)
	if err != nil || !b.HasConfig(configDefaultCORS) {
		return err
	}
	return e.store.DeleteConfig(bucket, configDefaultCORS)
}

// judgePreflight is all that is judged of a preflight, which needs no key, no
// right and, as long as the bucket is there, no object (COS docs: OPTIONS
// Object). It is never checked for a signature, though its target may hold one:
// it comes before everything else and uses nothing up.
func (e *Emulator) judgePreflight(c *call.Call) ([]cors.Header, error) {
	c.Check("preflight")
	rules, err := e.rulesFor(c)
	if err != nil {
		return nil, err
	}
	if rules == nil && c.Op.Scope != call.Service && c.NoBucket != nil {
		return nil, c.NoBucket // choice 191
	}
	h := c.HTTP.Header
	list, refused := rules.Preflight(call.First(h, "Origin"), call.First(h, "Access-Control-Request-Method"), requestedHeaders(h))
	if refused != nil {
		return nil, refused
	}
	return list, nil
}

func requestedHeaders(h http.Header) string {
	return strings.Join(h["Access-Control-Request-Headers"], ",")
}

// crossOrigin adds to an answer, success or refusal, what lets the page that
// asked see it (COS docs: 设置跨域访问). A refused preflight gets nothing.
func crossOrigin(c *call.Call, rep *call.Reply) {
	if c.CORS == nil || c.HTTP.Method == http.MethodOptions {
		return
	}
	list, _ := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	rep.AddCORS(list)
}

// corsRefusal tells the diagnosis why a preflight was refused, if that is what
// err is about.
func corsRefusal(c *call.Call, err *coserr.Error) *diagnose.CORSRefusal {
	var miss *cors.Miss
	if !errors.As(err.Cause, &miss) {
		return nil
	}
	f := &diagnose.CORSRefusal{
		Origin: call.First(c.HTTP.Header, "Origin"), Method: call.First(c.HTTP.Header, "Access-Control-Request-Method"),
		Rule: miss.Name(), Missing: strings.Join(miss.Asked, ", "),
	}
	if names := requestedHeaders(c.HTTP.Header); names != "" {
		f.Headers = strings.Split(names, ",")
	}
	return f
}
