package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
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
	rep := &call.Reply{Status: http.StatusNoContent}
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
