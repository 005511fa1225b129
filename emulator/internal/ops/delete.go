package ops

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// deleteObject removes an object, or makes a delete marker of it; with a
// versionId it removes that version for good. One that is not there is no error
// (COS docs: DELETE Object; choice 58).
func deleteObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	version := c.Version()
	done, err := remove(env, c, c.Key(), version)
	if err != nil {
		return nil, err
	}
	rep := c.Reply(http.StatusNoContent)
	if done.Marker || done.Created {
		rep.Add("x-cos-delete-marker", "true")
	}
	if c.Versioned() {
		if version == "" {
			version = done.VersionID // of the marker, null as well: choice 215
		}
		rep.Versioned(version)
	}
	return rep, nil
}

// remove deletes one object, or one version. In a bucket that never had
// versions there is none but null; elsewhere one that is not there is deleted
// as an object that is not there is (choice 214).
func remove(env *call.Env, c *call.Call, key, version string) (storage.Deleted, error) {
	switch {
	case version == "":
		return env.Store.Delete(c.Bucket.Name, key, c.At.UTC())
	case !c.Versioned() && version != storage.NullVersion:
		return storage.Deleted{}, coserr.New(coserr.NoSuchVersion)
	}
	return env.Store.DeleteVersion(c.Bucket.Name, key, version)
}

const (
	// maxDeletes is how many objects one request may delete (COS docs: DELETE
	// Multiple Objects).
	maxDeletes = 1000
	// maxDeleteXML has room for that many of the longest keys, each byte
	// escaped (choice 68).
	maxDeleteXML = maxDeletes * (6*maxKey + 200)
)

// deleteRequest is the body of a DELETE Multiple Objects.
type deleteRequest struct {
	quiet   bool
	objects []deletedObject
}

var errTooManyDeletes = errors.New("too many objects")

type deletedObject struct{ key, version string }

// readDeleteRequest reads the body. Elements that the page does not name are
// passed over.
func readDeleteRequest(doc []byte) (in deleteRequest, err error) {
	r := xmldoc.New(doc)
	var quiet *string
	err = r.Document("Delete", func(name string) error {
		switch {
		case name == "Quiet":
			return r.Once(&quiet)
		case name != "Object":
			return r.Skip()
		case len(in.objects) == maxDeletes:
			return errTooManyDeletes
		}
		var key, version *string
		err := r.Children(func(name string) error {
			switch name {
			case "Key":
				return r.Once(&key)
			case "VersionId":
				return r.Once(&version)
			}
			return r.Skip()
		})
		in.objects = append(in.objects, deletedObject{deref(key), deref(version)})
		return err
	})
	if err == nil && len(in.objects) == 0 {
		err = errors.New("no object")
	}
	if text := strings.TrimSpace(deref(quiet)); err == nil && text != "" {
		in.quiet, err = strconv.ParseBool(text)
	}
	return in, err
}

// deref is the text of an element, empty for one that was not there.
func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// deleteObjects removes up to 1000 objects and tells of each (COS docs: DELETE
// Multiple Objects). An object that is not there is deleted like any other.
func deleteObjects(env *call.Env, c *call.Call) (*call.Reply, error) {
	in, err := readDeletes(env, c)
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("DeleteResult")
	for _, o := range in.objects {
		switch done, err := deleteOne(env, c, o.key, o.version); {
		case err != nil:
			x.Open("Error")
			x.Text("Key", o.key)
			if o.version != "" {
				x.Text("VersionId", o.version)
			}
			x.Text("Code", string(err.Code))
			x.Text("Message", err.Message)
			x.Close("Error")
		case !in.quiet:
			x.Open("Deleted")
			x.Text("Key", o.key)
			if done.Marker || done.Created {
				x.Text("DeleteMarker", "true")
				x.Text("DeleteMarkerVersionId", done.VersionID)
			}
			if o.version != "" {
				x.Text("VersionId", o.version)
			}
			x.Close("Deleted")
		}
	}
	x.Close("DeleteResult")
	return call.XMLReply(x.Bytes()), nil
}

// readDeletes reads which objects to delete. An older version of the page prints
// what is answered without a Content-MD5 (choice 436), and to too many keys.
func readDeletes(env *call.Env, c *call.Call) (*deleteRequest, error) {
	if _, cerr := body.Check(c.Content(), maxDeleteXML); cerr != nil {
		return nil, call.DocumentError(cerr)
	}
	if call.First(c.HTTP.Header, "Content-Md5") == "" {
		return nil, coserr.New(coserr.InvalidRequest).WithMessage("Missing required header for this request: Content-MD5")
	}
	doc, err := env.ReadDocument(c, maxDeleteXML)
	if err != nil {
		return nil, err
	}
	in, err := readDeleteRequest(doc)
	switch {
	case errors.Is(err, errTooManyDeletes):
		return nil, coserr.New(coserr.MalformedXML).WithMessage("delete key size is greater than 1000").WithCause(err)
	case err != nil:
		return nil, coserr.New(coserr.MalformedXML).WithCause(err)
	}
	return &in, nil
}

func deleteOne(env *call.Env, c *call.Call, key, version string) (storage.Deleted, *coserr.Error) {
	if key == "" || len(key) > maxKey {
		return storage.Deleted{}, coserr.New(coserr.InvalidObjectName)
	}
	if err := env.PermitKey(c, key, version); err != nil {
		return storage.Deleted{}, call.AsCOS(err)
	}
	done, err := remove(env, c, key, version)
	return done, call.AsCOS(err)
}
