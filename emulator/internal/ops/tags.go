package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// putTags gives a version of an object these tags and no others (COS docs: PUT
// Object tagging).
func putTags(env *call.Env, c *call.Call) (*call.Reply, error) {
	doc, err := env.ReadDocument(c, bucketcfg.MaxXML)
	if err != nil {
		return nil, err
	}
	tags, cerr := bucketcfg.ParseTagging(doc, bucketcfg.MaxObjectTags)
	if cerr != nil {
		return nil, cerr
	}
	return setTags(env, c, tagFields(tags), http.StatusOK)
}

// deleteTags takes all tags of a version away; also of one that has none (COS
// docs: DELETE Object tagging).
func deleteTags(env *call.Env, c *call.Call) (*call.Reply, error) {
	return setTags(env, c, nil, http.StatusNoContent)
}

func setTags(env *call.Env, c *call.Call, tags []storage.Field, status int) (*call.Reply, error) {
	_, err := env.Store.Update(c.Bucket.Name, c.Key(), c.Version(), func(o *storage.Object) error {
		o.Tags = tags
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.Reply(status), nil
}

// getTags shows the tags of a version (COS docs: GET Object tagging). An object
// without tags has no set of them: the Node SDK reads NoSuchTagSet as none.
func getTags(env *call.Env, c *call.Call) (*call.Reply, error) {
	o, err := env.Store.StatVersion(c.Bucket.Name, c.Key(), c.Version())
	switch {
	case err != nil:
		return nil, err
	case o.DeleteMarker:
		return nil, storage.ErrDeleteMarker
	case len(o.Tags) == 0:
		return nil, coserr.New(coserr.NoSuchTagSet)
	}
	return call.XMLReply(tagSet(o.Tags)), nil
}

// tagSet writes a set of tags. The pages show no declaration.
func tagSet(tags []storage.Field) []byte {
	x := xmldoc.NewWriter("")
	x.Open("Tagging")
	x.Open("TagSet")
	for _, tag := range tags {
		x.Open("Tag")
		x.Text("Key", tag.Name)
		x.Text("Value", tag.Value)
		x.Close("Tag")
	}
	x.Close("TagSet")
	x.Close("Tagging")
	return x.Bytes()
}

// readTags takes the tags that an upload brings along.
func (m *metadata) readTags(h http.Header) error {
	list := call.First(h, "X-Cos-Tagging")
	if list == "" {
		return nil
	}
	tags, err := bucketcfg.ParseTagList(list, bucketcfg.MaxObjectTags)
	if err != nil {
		return err
	}
	m.tags = tagFields(tags)
	return nil
}

func tagFields(tags []bucketcfg.Tag) []storage.Field {
	var out []storage.Field
	for _, t := range tags {
		out = append(out, storage.Field{Name: t.Key, Value: t.Value})
	}
	return out
}

// copiedTags is which tags a copy has: the source's, or the request's where it
// asks to replace them (COS docs: PUT Object - Copy).
func copiedTags(h http.Header, meta *metadata, source *storage.Object) error {
	replaced, err := replaces(h, "X-Cos-Tagging-Directive")
	if err != nil {
		return err
	}
	if !replaced {
		meta.tags = source.Tags
	}
	return nil
}
