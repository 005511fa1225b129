package api

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// maxListKeys is the largest page of a listing, and its default.
const maxListKeys = 1000

// listObjects pages through a bucket (COS docs: GET Bucket).
func (e *Emulator) listObjects(c *call) (*reply, error) {
	opts, urlEncoded, err := listOptions(c.query)
	if err != nil {
		return nil, err
	}
	page, err := e.store.List(c.bucket.Name, opts)
	if err != nil {
		return nil, err
	}
	rep := xmlReply(listDocument(c, &opts, urlEncoded, &page))
	rep.add("x-cos-bucket-region", c.bucket.Region)
	return rep, nil
}

// listOptions reads the parameters of a listing (choice 67).
func listOptions(q params) (opts storage.ListOptions, urlEncoded bool, err error) {
	opts = storage.ListOptions{Prefix: q.value("prefix"), Delimiter: q.value("delimiter"), Marker: q.value("marker")}
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
func pageSize(q params, name string) (int, error) {
	v := q.value(name)
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
func urlEncoding(q params) (bool, error) {
	switch q.value("encoding-type") {
	case "":
		return false, nil
	case "url":
		return true, nil
	}
	return false, coserr.New(coserr.InvalidArgument).WithMessage("encoding-type must be url.")
}

// listDocument writes a page in the order of elements that the documented
// samples have, byte for byte.
func listDocument(c *call, opts *storage.ListOptions, urlEncoded bool, page *storage.ListPage) []byte {
	name := func(s string) string { return s }
	if urlEncoded {
		name = encodeListed
	}
	x := newXML(true)
	x.open("ListBucketResult")
	x.text("Name", c.bucket.Name)
	if urlEncoded {
		x.text("EncodingType", "url")
	}
	x.text("Prefix", name(opts.Prefix))
	x.text("Marker", name(opts.Marker))
	x.text("MaxKeys", strconv.Itoa(opts.Max))
	if opts.Delimiter != "" {
		x.text("Delimiter", name(opts.Delimiter))
	}
	x.text("IsTruncated", strconv.FormatBool(page.Truncated))
	if page.Truncated {
		x.text("NextMarker", name(page.NextMarker))
	}
	for _, p := range page.Prefixes {
		x.open("CommonPrefixes")
		x.text("Prefix", name(p))
		x.close("CommonPrefixes")
	}
	x.room(len(page.Objects))
	for i := range page.Objects {
		writeContents(x, &page.Objects[i], name, c.bucket.Owner)
	}
	x.close("ListBucketResult")
	return x.bytes()
}

func writeContents(x *xmlWriter, o *storage.Object, name func(string) string, owner string) {
	x.open("Contents")
	x.text("Key", name(o.Key))
	x.time("LastModified", o.Modified)
	x.etag(o.ETag)
	x.number("Size", o.Size)
	writeOwner(x, owner)
	writeStorageClass(x, o.StorageClass)
	x.close("Contents")
}

func writeOwner(x *xmlWriter, owner string) {
	x.open("Owner")
	x.text("ID", owner)
	x.text("DisplayName", owner)
	x.close("Owner")
}

func writeStorageClass(x *xmlWriter, class string) {
	x.text("StorageClass", class)
	if strings.HasSuffix(class, "INTELLIGENT_TIERING") {
		x.text("StorageTier", "FREQUENT")
	}
}

// encodeListed is encoding-type=url: UrlEncode with the slashes kept, as the
// documented sample has it.
func encodeListed(s string) string {
	return strings.ReplaceAll(signer.Encode(s), "%2F", "/")
}
