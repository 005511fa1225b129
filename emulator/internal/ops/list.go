package ops

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// maxListKeys is the largest page of a listing, and its default.
const maxListKeys = 1000

// listObjects pages through a bucket (COS docs: GET Bucket). S3 clients ask for
// the second version of the listing.
func listObjects(env *call.Env, c *call.Call) (*call.Reply, error) {
	if c.Query().Has("list-type") {
		return listObjectsV2(env, c)
	}
	opts, urlEncoded, err := listOptions(c.Query())
	if err != nil {
		return nil, err
	}
	page, err := env.List(c, opts)
	if err != nil {
		return nil, err
	}
	rep := call.XMLReply(listDocument(c, &opts, urlEncoded, &page))
	rep.Add("x-cos-bucket-region", c.Bucket.Region)
	return rep, nil
}

// listOptions reads the parameters of a listing (choice 67).
func listOptions(q call.Query) (opts storage.ListOptions, urlEncoded bool, err error) {
	opts = storage.ListOptions{Prefix: q.Value("prefix"), Delimiter: q.Value("delimiter"), Marker: q.Value("marker")}
	if utf8.RuneCountInString(opts.Delimiter) > 1 {
		return opts, false, coserr.New(coserr.InvalidDelimiter)
	}
	if opts.Max, err = pageSize(q, "max-keys"); err != nil {
		return opts, false, err
	}
	urlEncoded, err = urlEncoding(q)
	return opts, urlEncoded, err
}

// pageSize reads how many entries a page may have (choice 67).
func pageSize(q call.Query, name string) (int, error) {
	v := q.Value(name)
	if v == "" {
		return maxListKeys, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, coserr.New(coserr.InvalidArgument).WithMessage(name + " must be a number from 0 to 1000.")
	}
	return min(n, maxListKeys), nil
}

// urlEncoding reads whether names are to be listed percent-encoded.
func urlEncoding(q call.Query) (bool, error) {
	switch q.Value("encoding-type") {
	case "":
		return false, nil
	case "url":
		return true, nil
	}
	return false, coserr.New(coserr.InvalidArgument).WithMessage("encoding-type must be url.")
}

// listDocument writes a page in the order of elements that the documented
// samples have, byte for byte.
func listDocument(c *call.Call, opts *storage.ListOptions, urlEncoded bool, page *storage.ListPage) []byte {
	name := listedName(urlEncoded)
	x := xmldoc.NewWriter(xmldoc.Declaration)
	x.Open("ListBucketResult")
	x.Text("Name", c.Bucket.Name)
	if urlEncoded {
		x.Text("EncodingType", "url")
	}
	x.Text("Prefix", name(opts.Prefix))
	x.Text("Marker", name(opts.Marker))
	x.Text("MaxKeys", strconv.Itoa(opts.Max))
	if opts.Delimiter != "" {
		x.Text("Delimiter", name(opts.Delimiter))
	}
	x.Text("IsTruncated", strconv.FormatBool(page.Truncated))
	if page.Truncated {
		x.Text("NextMarker", name(page.NextMarker))
	}
	for _, p := range page.Prefixes {
		x.Open("CommonPrefixes")
		x.Text("Prefix", name(p))
		x.Close("CommonPrefixes")
	}
	x.Grow(len(page.Objects))
	for i := range page.Objects {
		writeContents(x, &page.Objects[i], name, c.Bucket.Owner, true)
	}
	x.Close("ListBucketResult")
	return x.Bytes()
}

func writeContents(x *xmldoc.Writer, o *storage.Object, name func(string) string, owner string, ownerToo bool) {
	x.Open("Contents")
	x.Text("Key", name(o.Key))
	writeListedTime(x, "LastModified", o.Modified)
	x.ETag(o.ETag)
	x.Number("Size", o.Size)
	if ownerToo {
		writeOwner(x, owner)
	}
	writeStorageClass(x, o.StorageClass)
	x.Close("Contents")
}

// writeListedTime writes the time of something listed: the milliseconds are
// always zero, also where the version's id has another (COS docs: samples of GET
// Bucket Object versions).
func writeListedTime(x *xmldoc.Writer, name string, t time.Time) {
	x.Time(name, t.UTC().Truncate(time.Second), "2006-01-02T15:04:05.000Z")
}

func writeOwner(x *xmldoc.Writer, owner string) {
	x.Open("Owner")
	x.Text("ID", owner)
	x.Text("DisplayName", owner)
	x.Close("Owner")
}

func writeStorageClass(x *xmldoc.Writer, class string) {
	x.Text("StorageClass", class)
	if strings.HasSuffix(class, "INTELLIGENT_TIERING") {
		x.Text("StorageTier", "FREQUENT")
	}
}

// listedName returns how a listing writes its names. encoding-type=url keeps the
// slashes, as the documented sample has it.
func listedName(urlEncoded bool) func(string) string {
	if urlEncoded {
		return signer.EncodePath
	}
	return func(s string) string { return s }
}
