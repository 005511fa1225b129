package ops

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// bucketDocument is a configuration of a bucket that is set, shown and removed
// as one document (COS docs: Bucket 接口).
type bucketDocument struct {
	sub   string // the sub-resource, and its name in the store
	limit int64  // of its size, in bytes
	// tooLong is what a larger one is; XMLSizeLimit when empty.
	tooLong coserr.Code
	check   func(doc []byte) *coserr.Error
	// put is the status of a PUT that went well; 200 when zero.
	put int
	// show makes of the stored document what GET gives; nil: as it came.
	show func(doc []byte) ([]byte, *coserr.Error)
	// none is what GET says where there is none, or, when empty, unset is what
	// it shows instead.
	none  coserr.Code
	unset string
	// emptied tells that a PUT of nothing removes it (cos-go-sdk-v5
	// bucket_referer.go DeleteReferer).
	emptied bool
}

func corsDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigCORS, limit: cors.MaxXML, check: checkedBy(cors.Parse), show: showCORS,
		none: coserr.NoSuchCORSConfiguration,
	}
}

func taggingDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigTagging, limit: bucketcfg.MaxXML, put: http.StatusNoContent, check: checkTagging,
		none: coserr.NoSuchTagSet,
	}
}

func refererDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigReferer, limit: bucketcfg.MaxXML, check: checkedBy(bucketcfg.ParseReferer),
		emptied: true, unset: "<RefererConfiguration/>", // choice 196
	}
}

func policyDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigPolicy, limit: policy.MaxBucket, tooLong: coserr.MalformedPolicy, put: http.StatusNoContent,
		check: checkedBy(call.ParsePolicy), show: showPolicy, none: coserr.NoSuchBucketPolicy, // choice 197
	}
}

func lifecycleDocument() bucketDocument {
	return bucketDocument{
		sub: "lifecycle", limit: bucketcfg.MaxLifecycleXML, check: bucketcfg.CheckLifecycle,
		none: coserr.NoSuchLifecycleConfiguration,
	}
}

func strictDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigStrict, limit: bucketcfg.MaxXML, check: checkedBy(bucketcfg.ParseStrict),
		unset: "<StrictSignatureConfiguration/>", // choice 196
	}
}

func accelerateDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigAccelerate, limit: bucketcfg.MaxXML, check: checkedBy(bucketcfg.ParseAccelerate),
		show: showAcceleration, unset: "<AccelerateConfiguration/>", // choice 196
	}
}

func tieringDocument() bucketDocument {
	return bucketDocument{
		sub: call.ConfigTiering, limit: bucketcfg.MaxXML, check: bucketcfg.CheckTiering,
		unset: "<IntelligentTieringConfiguration/>", // choice 196
	}
}

// set, show and unset make the handlers of a document.
func set(document func() bucketDocument) func(*call.Env, *call.Call) (*call.Reply, error) {
	d := document()
	return func(env *call.Env, c *call.Call) (*call.Reply, error) { return putDocument(env, c, &d) }
}

func show(document func() bucketDocument) func(*call.Env, *call.Call) (*call.Reply, error) {
	d := document()
	return func(env *call.Env, c *call.Call) (*call.Reply, error) { return getDocument(env, c, &d) }
}

func unset(document func() bucketDocument) func(*call.Env, *call.Call) (*call.Reply, error) {
	d := document()
	return func(env *call.Env, c *call.Call) (*call.Reply, error) { return deleteDocument(env, c, &d) }
}

func checkTagging(doc []byte) *coserr.Error {
	_, err := bucketcfg.ParseTagging(doc, bucketcfg.MaxBucketTags)
	return err
}

// checkedBy judges a document by the reader of its kind.
func checkedBy[T any](parse func([]byte) (*T, *coserr.Error)) func([]byte) *coserr.Error {
	return func(doc []byte) *coserr.Error {
		_, err := parse(doc)
		return err
	}
}

// showAcceleration adds the type that every acceleration has.
func showAcceleration(doc []byte) ([]byte, *coserr.Error) {
	a, err := bucketcfg.ParseAccelerate(doc)
	if err != nil {
		return nil, err
	}
	status := "Suspended"
	if a.Enabled {
		status = "Enabled"
	}
	return []byte("<AccelerateConfiguration><Status>" + status + "</Status><Type>COS</Type></AccelerateConfiguration>"), nil
}

func showCORS(doc []byte) ([]byte, *coserr.Error) {
	rules, err := cors.Parse(doc)
	if err != nil {
		return nil, err
	}
	return rules.AppendXML(nil), nil
}

// getLocation tells the region (COS docs: GET Bucket location, whose sample's
// Content-Length has room for the declaration).
func getLocation(env *call.Env, c *call.Call) (*call.Reply, error) {
	x := xmldoc.NewWriter(xmldoc.Declaration)
	x.Text("LocationConstraint", c.Bucket.Region)
	return call.XMLReply(x.Bytes()), nil
}

func putDocument(env *call.Env, c *call.Call, d *bucketDocument) (*call.Reply, error) {
	doc, err := env.ReadDocument(c, d.limit)
	if err != nil {
		return nil, d.refusal(err)
	}
	if d.emptied && len(doc) == 0 {
		return c.Reply(cmp.Or(d.put, http.StatusOK)), env.Store.DeleteConfig(c.Bucket.Name, d.sub)
	}
	if err := d.check(doc); err != nil {
		return nil, err
	}
	if err := env.Store.PutConfig(c.Bucket.Name, d.sub, doc); err != nil {
		return nil, err
	}
	return c.Reply(cmp.Or(d.put, http.StatusOK)), nil
}

func getDocument(env *call.Env, c *call.Call, d *bucketDocument) (*call.Reply, error) {
	doc, err := env.Store.Config(c.Bucket.Name, d.sub)
	switch {
	case errors.Is(err, storage.ErrNoConfig) && d.none != "":
		return nil, coserr.New(d.none)
	case errors.Is(err, storage.ErrNoConfig):
		return call.XMLReply([]byte(d.unset)), nil
	case err != nil:
		return nil, err
	}
	if d.show != nil {
		var cerr *coserr.Error
		if doc, cerr = d.show(doc); cerr != nil {
			return nil, call.Unreadable(d.sub, cerr)
		}
	}
	return call.XMLReply(doc), nil
}

// refusal gives a document that is too long the code of its kind.
func (d *bucketDocument) refusal(err error) error {
	var cerr *coserr.Error
	if d.tooLong != "" && errors.As(err, &cerr) && cerr.Code == coserr.XMLSizeLimit {
		return coserr.New(d.tooLong)
	}
	return err
}

// deleteDocument answers alike whether there was one or not (choice 192).
func deleteDocument(env *call.Env, c *call.Call, d *bucketDocument) (*call.Reply, error) {
	if err := env.Store.DeleteConfig(c.Bucket.Name, d.sub); err != nil {
		return nil, err
	}
	return c.Reply(http.StatusNoContent), nil
}
