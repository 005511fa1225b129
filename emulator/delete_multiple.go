package emulator

import (
	"encoding/xml"

	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/storage"
)

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
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Objects []struct {
		Key       string
		VersionID string `xml:"VersionId"`
	} `xml:"Object"`
}

// deleteObjects removes up to 1000 objects and tells of each (COS docs: DELETE
// Multiple Objects). An object that is not there is deleted like any other.
func (e *Emulator) deleteObjects(c *call) (*reply, error) {
	doc, err := e.readDocument(c, maxDeleteXML)
	if err != nil {
		return nil, err
	}
	var in deleteRequest
	if err := xml.Unmarshal(doc, &in); err != nil {
		return nil, coserr.New(coserr.MalformedXML).WithCause(err)
	}
	if len(in.Objects) == 0 || len(in.Objects) > maxDeletes {
		return nil, coserr.New(coserr.MalformedXML)
	}
	x := newXML(false)
	x.open("DeleteResult")
	for i := range in.Objects {
		o := &in.Objects[i]
		switch done, err := e.deleteOne(c, o.Key, o.VersionID); {
		case err != nil:
			x.open("Error")
			x.text("Key", o.Key)
			if o.VersionID != "" {
				x.text("VersionId", o.VersionID)
			}
			x.text("Code", string(err.Code))
			x.text("Message", err.Message)
			x.close("Error")
		case !in.Quiet:
			x.open("Deleted")
			x.text("Key", o.Key)
			if done.Marker || done.Created {
				x.text("DeleteMarker", "true")
				x.text("DeleteMarkerVersionId", done.VersionID)
			}
			if o.VersionID != "" {
				x.text("VersionId", o.VersionID)
			}
			x.close("Deleted")
		}
	}
	x.close("DeleteResult")
	return xmlReply(x.bytes()), nil
}

func (e *Emulator) deleteOne(c *call, key, version string) (storage.Deleted, *coserr.Error) {
	if key == "" || len(key) > maxKey {
		return storage.Deleted{}, coserr.New(coserr.InvalidObjectName)
	}
	if err := e.waive(c, e.permitKey(c, key, version)); err != nil {
		return storage.Deleted{}, asCOS(err)
	}
	done, err := e.remove(c, key, version)
	return done, asCOS(err)
}
