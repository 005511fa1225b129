package ops

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// copyObject makes an object of another one, of this bucket or of another
// (COS docs: PUT Object - Copy).
func copyObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	if err := checkSourceKey(c.HTTP.Header); err != nil {
		return nil, err
	}
	at, err := readSource(env, c)
	if err != nil {
		return nil, err
	}
	source, err := openSource(env, c, at)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	meta, err := copiedMetadata(c, &at, &source.Object)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.Key()); err != nil {
		return nil, err
	}
	if err := checkOverwrite(env, c, &meta); err != nil {
		return nil, err
	}
	staged, err := env.Store.Stage(source.Size)
	if err != nil {
		return nil, err
	}
	defer staged.Abort() //nolint:errcheck // a leftover is swept at the next start
	if _, err := source.CopyN(staged, source.Size); err != nil {
		return nil, err
	}
	// The digests are the source's, the ETag of one made of parts too (choice 218).
	object := meta.object(c)
	object.Key, object.Size, object.ETag, object.CRC64 = c.Key(), source.Size, source.ETag, source.CRC64
	object, err = staged.Commit(c.Bucket.Name, object, meta.commit(c))
	if err != nil {
		return nil, err
	}
	rep := copyReply(&object)
	copied(rep, &source.Object)
	return rep, nil
}

// copied names the version that was copied, where there are versions.
func copied(rep *call.Reply, source *storage.Object) {
	if source.VersionID != "" {
		rep.Add("x-cos-copy-source-version-id", source.VersionID)
	}
}

// copyReply is CopyObjectResult as the page prints it: another declaration than
// all others have, and the quotes of the ETag as they are. The version stands in
// it where the target's versioning is enabled.
func copyReply(o *storage.Object) *call.Reply {
	x := xmldoc.NewWriter(xmldoc.DoubleDeclaration)
	x.Open("CopyObjectResult")
	x.Raw("ETag", `"`+o.ETag+`"`)
	x.Text("CRC64", strconv.FormatUint(o.CRC64, 10))
	x.Time("LastModified", o.Modified.UTC(), "2006-01-02T15:04:05Z")
	if o.VersionID != "" && o.VersionID != storage.NullVersion {
		x.Text("VersionId", o.VersionID)
	}
	x.Close("CopyObjectResult")
	return call.XMLReply(x.Bytes())
}

// replaces reads x-cos-metadata-directive or x-cos-tagging-directive: Copy, which
// is also what none means, or Replaced, in any letter case. The Java SDK and
// cosfs write REPLACE, as S3 has it (cos-java-sdk-v5 COSClient.java, cosfs
// s3fs.cpp).
func replaces(h http.Header, name string) (bool, *coserr.Error) {
	switch directive := call.First(h, name); {
	case directive == "" || strings.EqualFold(directive, "Copy"):
		return false, nil
	case strings.EqualFold(directive, "Replaced") || strings.EqualFold(directive, "REPLACE"):
		return true, nil
	}
	return false, coserr.New(coserr.InvalidArgument).WithMessage(strings.ToLower(name) + " must be Copy or Replaced.")
}

// copiedMetadata is the source's, or what the request says where it asks to
// replace it. An object copied onto itself must do so, unless it is one of its
// versions, which becomes the current one that way (COS docs: 管理版本控制状态下的对象).
func copiedMetadata(c *call.Call, at *copySource, source *storage.Object) (metadata, error) {
	meta, err := readMetadata(c, c.HTTP.Header)
	if err != nil {
		return meta, err
	}
	if err := copiedTags(c.HTTP.Header, &meta, source); err != nil {
		return meta, err
	}
	switch replaced, err := replaces(c.HTTP.Header, "X-Cos-Metadata-Directive"); {
	case err != nil:
		return meta, err
	case replaced:
		return meta, nil
	case at.Bucket == c.Bucket.Name && source.Key == c.Key() && at.version == "":
		return meta, coserr.New(coserr.InvalidRequest).
			WithMessage("An object can be copied onto itself only with x-cos-metadata-directive: Replaced.")
	}
	meta.header = source.Header
	return meta, nil
}
