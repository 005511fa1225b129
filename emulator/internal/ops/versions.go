package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// putVersioning enables or suspends versioning; nothing leads back to a bucket
// that never had it (COS docs: PUT Bucket versioning).
func putVersioning(env *call.Env, c *call.Call) (*call.Reply, error) {
	doc, err := env.ReadDocument(c, bucketcfg.MaxXML)
	if err != nil {
		return nil, err
	}
	status, cerr := bucketcfg.ParseVersioning(doc)
	if cerr != nil {
		return nil, cerr
	}
	state := storage.VersioningEnabled
	if status == bucketcfg.VersioningSuspended {
		state = storage.VersioningSuspended
	}
	if err := env.Store.SetVersioning(c.Bucket.Name, state); err != nil {
		return nil, err
	}
	return c.Reply(http.StatusOK), nil
}

// getVersioning shows the state; a bucket that never had versions has none (COS
// docs: GET Bucket versioning, whose sample has the declaration).
func getVersioning(env *call.Env, c *call.Call) (*call.Reply, error) {
	status := bucketcfg.VersioningEnabled
	switch c.Bucket.Versioning {
	case storage.VersioningNever:
		return call.XMLReply([]byte("<VersioningConfiguration/>")), nil
	case storage.VersioningSuspended:
		status = bucketcfg.VersioningSuspended
	}
	x := xmldoc.NewWriter(xmldoc.Declaration)
	x.Open("VersioningConfiguration")
	x.Text("Status", status)
	x.Close("VersioningConfiguration")
	return call.XMLReply(x.Bytes()), nil
}
