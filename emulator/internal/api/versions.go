package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// putVersioning enables or suspends versioning; nothing leads back to a bucket
// that never had it (COS docs: PUT Bucket versioning).
func (e *Emulator) putVersioning(c *call) (*reply, error) {
	doc, err := e.readDocument(c, bucketcfg.MaxXML)
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
	if err := e.store.SetVersioning(c.bucket.Name, state); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK}, nil
}

// getVersioning shows the state; a bucket that never had versions has none (COS
// docs: GET Bucket versioning, whose sample has the declaration).
func (e *Emulator) getVersioning(c *call) (*reply, error) {
	status := bucketcfg.VersioningEnabled
	switch c.bucket.Versioning {
	case storage.VersioningNever:
		return xmlReply([]byte("<VersioningConfiguration/>")), nil
	case storage.VersioningSuspended:
		status = bucketcfg.VersioningSuspended
	}
	x := xmldoc.NewWriter(xmldoc.Declaration)
	x.Open("VersioningConfiguration")
	x.Text("Status", status)
	x.Close("VersioningConfiguration")
	return xmlReply(x.Bytes()), nil
}

// versioned tells whether the bucket ever had versioning.
func (c *call) versioned() bool { return c.bucket.Versioning != storage.VersioningNever }

// version is the version that a request names; "" for the current one, which an
// empty versionId means as well. The samples of object tagging write the
// parameter with a capital letter, and so does the Go SDK to delete a version
// (COS docs: PUT Object tagging; cos-go-sdk-v5 object.go ObjectDeleteOptions);
// see choice 303.
func (c *call) version() string {
	if c.versionID != "" || len(c.query.list) == 0 {
		return c.versionID
	}
	return c.query.value("versionId")
}

// stored names the version that an upload made. In a bucket whose versioning is
// suspended it is null, and the header is absent (COS docs: PUT Object, POST
// Object).
func (r *reply) stored(o *storage.Object) {
	if o.VersionID != storage.NullVersion {
		r.versioned(o.VersionID)
	}
}

// versioned names a version, null included; in a bucket that never had any
// there is nothing to name.
func (r *reply) versioned(id string) {
	if id != "" {
		r.add("x-cos-version-id", id)
	}
}
