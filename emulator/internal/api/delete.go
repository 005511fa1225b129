package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// deleteObject removes an object, or makes a delete marker of it; with a
// versionId it removes that version for good. One that is not there is no error
// (COS docs: DELETE Object; choice 58).
func (e *Emulator) deleteObject(c *call) (*reply, error) {
	version := c.version()
	done, err := e.remove(c, c.addr.Key, version)
	if err != nil {
		return nil, err
	}
	rep := &reply{status: http.StatusNoContent}
	if done.Marker || done.Created {
		rep.add("x-cos-delete-marker", "true")
	}
	if c.versioned() {
		if version == "" {
			version = done.VersionID // of the marker, null as well: choice 215
		}
		rep.versioned(version)
	}
	return rep, nil
}

// remove deletes one object, or one version. In a bucket that never had
// versions there is none but null; elsewhere one that is not there is deleted
// as an object that is not there is (choice 214).
func (e *Emulator) remove(c *call, key, version string) (storage.Deleted, error) {
	switch {
	case version == "":
		return e.store.Delete(c.bucket.Name, key, c.at.UTC())
	case !c.versioned() && version != storage.NullVersion:
		return storage.Deleted{}, coserr.New(coserr.NoSuchVersion)
	}
	return e.store.DeleteVersion(c.bucket.Name, key, version)
}
