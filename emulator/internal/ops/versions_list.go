package ops

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// listVersions pages through the versions of a bucket's objects, delete markers
// among them (COS docs: GET Bucket Object versions).
func listVersions(env *call.Env, c *call.Call) (*call.Reply, error) {
	opts := storage.VersionOptions{
		Prefix: c.Query().Value("prefix"), Delimiter: c.Query().Value("delimiter"),
		KeyMarker: c.Query().Value("key-marker"), VersionMarker: c.Query().Value("version-id-marker"),
	}
	if utf8.RuneCountInString(opts.Delimiter) > 1 {
		return nil, coserr.New(coserr.InvalidDelimiter)
	}
	var err error
	if opts.Max, err = pageSize(c.Query(), "max-keys"); err != nil {
		return nil, err
	}
	urlEncoded, err := urlEncoding(c.Query())
	if err != nil {
		return nil, err
	}
	page, err := env.Store.ListVersions(c.Bucket.Name, opts)
	if errors.Is(err, storage.ErrNoVersion) {
		return nil, coserr.New(coserr.InvalidArgument).WithMessage("version-id-marker is no version id.") // choice 213
	}
	if err != nil {
		return nil, err
	}
	return call.XMLReply(versionsDocument(c, &opts, urlEncoded, &page)), nil
}

// versionsDocument writes a page as the documented samples have it, byte for
// byte: the encoding before the name, and no declaration.
func versionsDocument(c *call.Call, opts *storage.VersionOptions, urlEncoded bool, page *storage.VersionPage) []byte {
	name := listedName(urlEncoded)
	x := xmldoc.NewWriter("")
	x.Open("ListVersionsResult")
	if urlEncoded {
		x.Text("EncodingType", "url")
	}
	x.Text("Name", c.Bucket.Name)
	x.Text("Prefix", name(opts.Prefix))
	x.Text("KeyMarker", name(opts.KeyMarker))
	x.Text("VersionIdMarker", opts.VersionMarker)
	x.Text("MaxKeys", strconv.Itoa(opts.Max))
	x.Text("IsTruncated", strconv.FormatBool(page.Truncated))
	if page.Truncated {
		x.Text("NextKeyMarker", name(page.NextKeyMarker))
		x.Text("NextVersionIdMarker", page.NextVersionMarker)
	}
	if opts.Delimiter != "" {
		x.Text("Delimiter", name(opts.Delimiter))
	}
	for _, p := range page.Prefixes {
		x.Open("CommonPrefixes")
		x.Text("Prefix", name(p))
		x.Close("CommonPrefixes")
	}
	x.Grow(len(page.Versions))
	for i := range page.Versions {
		writeVersion(x, &page.Versions[i], name, c.Bucket.Owner)
	}
	x.Close("ListVersionsResult")
	return x.Bytes()
}

func writeVersion(x *xmldoc.Writer, v *storage.Version, name func(string) string, owner string) {
	element := "Version"
	if v.DeleteMarker {
		element = "DeleteMarker"
	}
	x.Open(element)
	x.Text("Key", name(v.Key))
	x.Text("VersionId", v.VersionID)
	x.Text("IsLatest", strconv.FormatBool(v.Latest))
	writeListedTime(x, "LastModified", v.Modified)
	if !v.DeleteMarker {
		x.ETag(v.ETag)
		x.Number("Size", v.Size)
		writeStorageClass(x, v.StorageClass)
	}
	writeOwner(x, owner)
	x.Close(element)
}
