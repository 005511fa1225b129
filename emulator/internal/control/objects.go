package control

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// object is an object of a list.
type object struct {
	Key          string    `json:"key"`
	Size         int64     `json:"size" doc:"In bytes."`
	ETag         string    `json:"etag" doc:"Without quotes."`
	Modified     time.Time `json:"modified"`
	StorageClass string    `json:"storage_class"`
}

type objectsInput struct {
	Name      string `path:"name"`
	Prefix    string `query:"prefix" maxLength:"1024" doc:"Only keys that begin so."`
	Delimiter string `query:"delimiter" maxLength:"1024" example:"/" doc:"Keys with this behind the prefix are one common prefix together."`
	Marker    string `query:"marker" maxLength:"1024" doc:"Only what comes after it: the next_marker of the page before."`
	Limit     int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Objects and common prefixes together."`
}

type objectsOutput struct {
	Body struct {
		Objects    []object `json:"objects" doc:"By key."`
		Prefixes   []string `json:"prefixes" doc:"Common prefixes."`
		NextMarker string   `json:"next_marker,omitempty" doc:"There is more; it comes with this marker."`
	}
}

// objectInput names an object. Its key is no part of the path, because a path
// is cleaned of // and dot segments on its way, and keys have those.
type objectInput struct {
	Name string `path:"name"`
	Key  string `query:"key" required:"true" minLength:"1" maxLength:"1024"`
}

func (h *Handler) registerObjects(api huma.API) {
	huma.Register(api, h.operation("list-objects", http.MethodGet, "/buckets/{name}/objects",
		"The objects of a bucket, whoever may read them", http.StatusOK, http.StatusNotFound), h.listObjects)
	get := h.operation("download-object", http.MethodGet, "/buckets/{name}/objects/content",
		"An object's bytes, as a download", http.StatusOK, http.StatusNotFound)
	get.Responses = map[string]*huma.Response{"200": {
		Description: "The bytes. Their type is not said, so that no browser runs them as a page of this listener.",
		Content:     map[string]*huma.MediaType{downloadType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(api, get, h.downloadObject)
	huma.Register(api, h.operation("delete-object", http.MethodDelete, "/buckets/{name}/objects",
		"Delete an object", http.StatusNoContent, http.StatusNotFound), h.deleteObject)
}

func (h *Handler) listObjects(_ context.Context, in *objectsInput) (*objectsOutput, error) {
	page, err := h.emulator.Store().List(in.Name, storage.ListOptions{
		Prefix: in.Prefix, Delimiter: in.Delimiter, Marker: in.Marker, Max: in.Limit,
	})
	if err != nil {
		return nil, h.storageProblem("listing the objects", err)
	}
	out := &objectsOutput{}
	out.Body.Objects = make([]object, 0, len(page.Objects))
	for i := range page.Objects {
		o := &page.Objects[i]
		class := o.StorageClass
		if class == "" {
			class = "STANDARD"
		}
		out.Body.Objects = append(out.Body.Objects, object{
			Key: o.Key, Size: o.Size, ETag: o.ETag, Modified: o.Modified.UTC(), StorageClass: class,
		})
	}
	out.Body.Prefixes = append([]string{}, page.Prefixes...)
	if page.Truncated {
		out.Body.NextMarker = page.NextMarker
	}
	return out, nil
}

func (h *Handler) deleteObject(_ context.Context, in *objectInput) (*struct{}, error) {
	st := h.emulator.Store()
	if _, err := st.Stat(in.Name, in.Key); err != nil {
		return nil, h.storageProblem("looking for the object", err)
	}
	if _, err := st.Delete(in.Name, in.Key, h.emulator.Clock().Now().UTC()); err != nil {
		return nil, h.storageProblem("deleting the object", err)
	}
	return nil, nil
}

// downloadType is what a download calls itself, whatever it is: a stored page
// must not run with the rights of the console.
const downloadType = "application/octet-stream"

func (h *Handler) downloadObject(_ context.Context, in *objectInput) (*huma.StreamResponse, error) {
	r, err := h.emulator.Store().Open(in.Name, in.Key)
	if err != nil {
		return nil, h.storageProblem("opening the object", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer r.Close()
		_, w := humago.Unwrap(ctx)
		head := w.Header()
		head.Set("Content-Type", downloadType)
		head.Set("Content-Disposition", attachment(in.Key))
		head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		head.Set("Content-Length", strconv.FormatInt(r.Size, 10))
		if _, err := io.CopyBuffer(patientWriter{w}, struct{ io.Reader }{r}, make([]byte, 256<<10)); err != nil {
			h.log.Debug("control: a download broke off", "bucket", in.Name, "key", in.Key, "error", err)
			panic(http.ErrAbortHandler) // what has arrived must not look whole
		}
	}}, nil
}

// patientWriter lets each piece of a long answer take its time.
type patientWriter struct{ http.ResponseWriter }

// Write writes one piece.
func (w patientWriter) Write(p []byte) (int, error) {
	extendDeadline(w.ResponseWriter, 0)
	return w.ResponseWriter.Write(p)
}

// attachment is a Content-Disposition with the last part of the key as the
// file's name (RFC 6266, with the escapes of RFC 8187).
func attachment(key string) string {
	name := path.Base(strings.ReplaceAll(key, `\`, "/"))
	if strings.Trim(name, "./") == "" {
		name = "object"
	}
	return "attachment; filename*=UTF-8''" + signer.Encode(strings.ToValidUTF8(name, "_"))
}

// storageProblem tells what is not there from what went wrong.
func (h *Handler) storageProblem(doing string, err error) error {
	switch {
	case errors.Is(err, storage.ErrNoBucket):
		return huma.Error404NotFound("no such bucket")
	case errors.Is(err, storage.ErrNoObject):
		return huma.Error404NotFound("no object of this key")
	}
	return h.broken(doing, err)
}
